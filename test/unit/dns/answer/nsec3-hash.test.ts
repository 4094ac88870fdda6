import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { formatBase32Hex } from '#base/bytes.ts';
import { seededRandom } from '#base/random.ts';
import { Nsec3Hash } from '#dns/answer/nsec3-hash.ts';
import { parseName } from '#dns/wire/name.ts';

/** RFC 5155 appendix A: salt AABBCCDD, 12 iterations. */
const VECTORS: Record<string, string> = {
  'example.': '0p9mhaveqvm6t7vbl5lop2u3t2rp3tom',
  'a.example.': '35mthgpgcu1qg68fab165klnsnk3dpvl',
  'ai.example.': 'gjeqe526plbf1g8mklp59enfd789njgi',
  'ns1.example.': '2t7b4g4vsa5smi47k61mv5bv1a22bojr',
  'ns2.example.': 'q04jkcevqvmu85r014c7dkba38o0ji5r',
  'w.example.': 'k8udemvp1j2f7eg6jebps17vp3n8i58h',
  '*.w.example.': 'r53bq7cc2uvmubfu5ocmm6pers9tk9en',
  'x.w.example.': 'b4um86eghhds6nea196smvmlo4ors995',
  'y.w.example.': 'ji6neoaepv8b5o6k4ev33abha8ht9fgc',
  'x.y.w.example.': '2vptu5timamqttgl4luu9kg21e0aor3s',
  'xx.example.': 't644ebqk9bibcna874givr6joj62mlhv',
};

describe('the NSEC3 hash', () => {
  it('gives the hashes of RFC 5155 appendix A', () => {
    const hash = new Nsec3Hash();
    const salt = Uint8Array.of(0xaa, 0xbb, 0xcc, 0xdd);
    for (const [text, expected] of Object.entries(VECTORS)) {
      const name = parseName(text);
      hash.begin();
      hash.add(name, 0, name.length);
      hash.compute(salt, 0, salt.length, 12);
      expect(`${text} ${formatBase32Hex(hash.digest).toLowerCase()}`).toBe(`${text} ${expected}`);
    }
  });

  it('is SHA-1 for names and salts of every size', () => {
    const hash = new Nsec3Hash();
    const random = seededRandom(11);
    for (let size = 1; size <= 255; size++) {
      const name = random.bytes(size);
      const salt = random.bytes(random.below(256));
      hash.begin();
      hash.add(name, 0, size);
      hash.compute(salt, 0, salt.length, 0);
      const expected = createHash('sha1').update(name).update(salt).digest('hex');
      expect(Buffer.from(hash.digest).toString('hex')).toBe(expected);
    }
  });
});
