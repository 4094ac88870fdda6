// The probe's own DNSSEC validation against zones that dnssec-signzone and ldns-signzone signed and
// BIND and NSD serve: every algorithm and kind of denial is secure, and whatever is done to a reply
// on its way is found out.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openClock } from '#base/clock.ts';
import { systemRandom } from '#base/random.ts';
import { type ListenAddress, parseListenAddress } from '#net/listen-address.ts';
import { contentOf } from '#sla/probe/answer-content.ts';
import { askServer } from '#sla/probe/ask-server.ts';
import {
  encodeQuestion,
  QUESTION_TYPES,
  type Question,
  type QuestionType,
} from '#sla/probe/dns-message.ts';
import { checkAnswer } from '#sla/probe/dnssec/answer-check.ts';
import { keyTag, readDnsKey } from '#sla/probe/dnssec/dnskey.ts';
import { parseLabels } from '#sla/probe/dnssec/domain-labels.ts';
import { type RawMessage, readRawMessage, TYPE } from '#sla/probe/dnssec/raw-message.ts';
import { checkRRset, groupRRsets, type Verdict, type ZoneKeys } from '#sla/probe/dnssec/rrset.ts';
import { parseTrustAnchor, type TrustAnchor, trustKeys } from '#sla/probe/dnssec/trust-anchor.ts';
import { exchangeTcp } from '#sla/probe/tcp-exchange.ts';
import { type PeerServer, startPeer } from '../../kit/peer-server.ts';
import { peersMissing } from '../../kit/peers.ts';
import {
  SIGNING_PROGRAMS,
  type SignedZone,
  type SigningOptions,
  signZone,
} from '../../kit/signed-zone.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const NOW_S = Math.floor(Date.now() / 1000);
const DAY_S = 86_400;

const ZONES: SigningOptions[] = [
  { zone: 'rsa256.test.', algorithm: 'RSASHA256', denial: 'nsec' },
  { zone: 'rsa512.test.', algorithm: 'RSASHA512', denial: 'nsec3' },
  { zone: 'p256.test.', algorithm: 'ECDSAP256SHA256', denial: 'nsec3', iterations: 3 },
  { zone: 'p384.test.', algorithm: 'ECDSAP384SHA384', denial: 'nsec' },
  { zone: 'ed25519.test.', algorithm: 'ED25519', denial: 'opt-out' },
  { zone: 'ed448.test.', algorithm: 'ED448', denial: 'nsec' },
  { zone: 'ldns.test.', algorithm: 'ECDSAP256SHA256', denial: 'nsec', signer: 'ldns' },
  { zone: 'ldns3.test.', algorithm: 'ED25519', denial: 'nsec3', signer: 'ldns' },
  { zone: 'sha1.test.', algorithm: 'RSASHA1', denial: 'nsec' },
];

const QUESTIONS: readonly [string, QuestionType][] = [
  ['', 'SOA'],
  ['', 'NS'],
  ['', 'MX'],
  ['', 'DNSKEY'],
  ['', 'A'],
  ['www', 'A'],
  ['WWW', 'AAAA'],
  ['www', 'TXT'],
  ['www', 'MX'],
  ['alias', 'A'],
  ['alias', 'CNAME'],
  ['alias', 'MX'],
  ['out', 'A'],
  ['lost', 'A'],
  ['c', 'A'],
  ['b.c', 'A'],
  ['srv', 'SRV'],
  ['np', 'NAPTR'],
  ['missing', 'A'],
  ['very.much.missing', 'A'],
  ['x.www', 'A'],
  ['x.wild', 'TXT'],
  ['x.y.wild', 'TXT'],
  ['x.deep.wild', 'TXT'],
  ['x.wild', 'A'],
  ['wild', 'TXT'],
  ['*.wild', 'TXT'],
  ['x.wc', 'A'],
  ['x.wc', 'MX'],
  ['x.dn', 'A'],
  ['missing.dn', 'A'],
  ['dn', 'DNAME'],
  ['dn', 'A'],
  ['x.signed', 'A'],
  ['signed', 'DS'],
  ['x.unsigned', 'A'],
  ['unsigned', 'DS'],
  ['only.below', 'DS'],
  ['below', 'A'],
];

interface Bench {
  signed: SignedZone;
  server: ListenAddress;
  anchors: TrustAnchor[];
}

const controller = new AbortController();
const parts = {
  clock: openClock({ kind: 'system' }),
  random: systemRandom(),
  signal: controller.signal,
};
const benches = new Map<string, Bench>();
const peers: PeerServer[] = [];
const ends: (() => Promise<void>)[] = [];

function questionIn(zone: string, [label, type]: readonly [string, QuestionType]): Question {
  return { name: label === '' ? zone : `${label}.${zone}`, type };
}

async function octetsOf(question: Question, server: ListenAddress): Promise<Uint8Array> {
  const query = encodeQuestion(question, 4711, true);
  const seen = await exchangeTcp({ server, query, timeoutMs: 5000, ...parts });
  if ('failure' in seen) throw new Error(`${question.name} ${question.type}: ${seen.failure}`);
  return seen.reply;
}

async function keysOf({ signed, server, anchors }: Bench): Promise<ZoneKeys | Verdict> {
  const question = { name: signed.zone, type: 'DNSKEY' } as const;
  const message = await askServer({ server, question, withSignatures: true }, parts);
  const set = groupRRsets(message?.answers ?? []).find(({ type }) => type === TYPE.dnskey);
  return trustKeys(parseLabels(signed.zone) ?? [], set, anchors, NOW_S);
}

async function trustedKeys(of: Bench): Promise<ZoneKeys> {
  const keys = await keysOf(of);
  if (!('keys' in keys)) throw new Error(JSON.stringify(keys));
  return keys;
}

function bench(zone: string): Bench {
  const found = benches.get(zone);
  if (found === undefined) throw new Error(`no zone ${zone}`);
  return found;
}

function bare(records: RawMessage['answers']): RawMessage['answers'] {
  return records.filter(({ type }) => type !== TYPE.rrsig);
}

function isProof({ type }: { type: number }): boolean {
  return type === TYPE.nsec || type === TYPE.nsec3;
}

function judge(
  octets: Uint8Array,
  { name, type }: Question,
  keys: ZoneKeys,
  nowS = NOW_S,
): Verdict | undefined {
  const message = readRawMessage(octets);
  if (message === undefined) return undefined;
  return judgeMessage(message, { name, type }, keys, nowS);
}

function judgeMessage(
  message: RawMessage,
  { name, type }: Question,
  keys: ZoneKeys,
  nowS = NOW_S,
): Verdict {
  const asked = { name: parseLabels(name) ?? [], type: QUESTION_TYPES[type] };
  return checkAnswer(message, asked, keys, nowS);
}

describe.skipIf(peersMissing('named', 'nsd', 'ldns-signzone', ...SIGNING_PROGRAMS))(
  'the answers of a signed zone',
  () => {
    beforeAll(async () => {
      const folder = await temporaryFolder((end) => void ends.push(end));
      const zones = await Promise.all(ZONES.map((options) => signZone(folder, options)));
      const files = new Map(zones.map(({ zone, file }) => [zone, file]));
      for (const kind of ['bind', 'nsd'] as const) peers.push(await startPeer(kind, folder, files));
      for (const [at, signed] of zones.entries()) {
        const anchors = signed.ds.flatMap((text) => parseTrustAnchor(text) ?? []);
        const server = parseListenAddress(`127.0.0.1:${peers[at % peers.length]?.port}`);
        benches.set(signed.zone, { signed, server, anchors });
      }
    });

    afterAll(async () => {
      controller.abort();
      for (const peer of peers) await peer.close();
      for (const end of ends) await end();
    });

    it.each(ZONES.filter(({ algorithm }) => algorithm !== 'RSASHA1'))(
      'are secure with $algorithm and $denial, whatever is asked',
      async ({ zone }) => {
        const keys = await trustedKeys(bench(zone));
        const verdicts: unknown[] = [];
        for (const each of QUESTIONS) {
          const question = questionIn(zone, each);
          const octets = await octetsOf(question, bench(zone).server);
          const verdict = judge(octets, question, keys);
          if (verdict?.status !== 'secure') verdicts.push([question, verdict]);
        }
        expect(verdicts).toEqual([]);
      },
    );

    it('hold a hundred signatures and more of each zone, each good', async () => {
      let count = 0;
      for (const { zone, algorithm } of ZONES) {
        if (algorithm === 'RSASHA1') continue;
        const keys = await trustedKeys(bench(zone));
        const seen = new Set<string>();
        for (const each of QUESTIONS) {
          const octets = await octetsOf(questionIn(zone, each), bench(zone).server);
          const message = readRawMessage(octets);
          for (const set of groupRRsets([
            ...(message?.answers ?? []),
            ...(message?.authorities ?? []),
          ])) {
            if (set.signatures.length === 0) continue;
            if (!keys.zone.every((label, at) => set.owner.at(at - keys.zone.length) === label))
              continue;
            expect(checkRRset(set, keys, NOW_S).status).toBe('secure');
            seen.add(`${set.owner.join('.')} ${set.type}`);
          }
        }
        count += seen.size;
      }
      expect(count).toBeGreaterThan(200);
    });

    it('cannot be told with SHA-1 signatures, and so are not bogus', async () => {
      const { signed } = bench('sha1.test.');
      expect(signed.ds.map(parseTrustAnchor)).toEqual([undefined]);
      const rdata = Buffer.from([...Buffer.from('0000', 'hex'), 5, 2, ...Buffer.alloc(32)]);
      const anchors = [{ zone: ['sha1', 'test'], type: TYPE.ds, rdata } as const];
      expect(await keysOf({ ...bench('sha1.test.'), anchors })).toEqual({
        status: 'uncheckable',
        code: 'dnssec-algorithm',
      });
    });

    it('are bogus after the signatures have expired, and before they began', async () => {
      const { server } = bench('p256.test.');
      const keys = await trustedKeys(bench('p256.test.'));
      for (const each of QUESTIONS) {
        const question = questionIn('p256.test.', each);
        const octets = await octetsOf(question, server);
        const late = judge(octets, question, keys, NOW_S + 40 * DAY_S);
        expect(late).toEqual({ status: 'bogus', code: 'dnssec-signature-expired' });
        const early = judge(octets, question, keys, NOW_S - 2 * DAY_S);
        expect(early).toEqual({ status: 'bogus', code: 'dnssec-signature-early' });
      }
    });

    it('are bogus when the keys are not those that the anchor names', async () => {
      const { anchors } = bench('p384.test.');
      const own = bench('p256.test.');
      const zone = own.anchors[0]?.zone ?? [];
      const others = anchors.map((anchor) => ({ ...anchor, zone }));
      expect(await keysOf({ ...own, anchors: others })).toEqual({
        status: 'bogus',
        code: 'dnssec-key-untrusted',
      });
      const keys = await trustedKeys(bench('ed25519.test.'));
      const question = questionIn('p256.test.', ['www', 'A']);
      const octets = await octetsOf(question, own.server);
      expect(judge(octets, question, { ...keys, zone })).toEqual({
        status: 'bogus',
        code: 'dnssec-key-unknown',
      });
    });

    it.each(['rsa256.test.', 'p256.test.', 'ed25519.test.', 'ldns.test.'])(
      'of %s are bogus without any one of their signatures or proofs that count',
      async (zone) => {
        const keys = await trustedKeys(bench(zone));
        for (const each of QUESTIONS) {
          const question = questionIn(zone, each);
          const message = readRawMessage(await octetsOf(question, bench(zone).server));
          if (message === undefined) throw new Error('malformed');
          const unsigned = {
            ...message,
            answers: bare(message.answers),
            authorities: bare(message.authorities),
          };
          expect(judgeMessage(unsigned, question, keys).status).toBe('bogus');
          if (!message.authorities.some(isProof)) continue;
          const unproven = {
            ...message,
            authorities: message.authorities.filter((record) => !isProof(record)),
          };
          expect(judgeMessage(unproven, question, keys)).toEqual({
            status: 'bogus',
            code: 'dnssec-denial-missing',
          });
        }
      },
    );

    it('do not prove the absence of what exists with the proofs of another question', async () => {
      for (const zone of ['rsa256.test.', 'p256.test.', 'rsa512.test.', 'ldns3.test.']) {
        const keys = await trustedKeys(bench(zone));
        const proofs: RawMessage['authorities'] = [];
        for (const each of QUESTIONS) {
          const octets = await octetsOf(questionIn(zone, each), bench(zone).server);
          proofs.push(...(readRawMessage(octets)?.authorities ?? []));
        }
        const authorities = proofs.filter(({ type }) => type !== TYPE.ns && type !== TYPE.ds);
        for (const each of QUESTIONS) {
          const question = questionIn(zone, each);
          const message = readRawMessage(await octetsOf(question, bench(zone).server));
          const content = contentOf(message as RawMessage) ?? '';
          // A name without the type exists all the same.
          const rcodes = content.startsWith('answer') ? [0, 3] : content === 'nodata' ? [3] : [];
          for (const rcode of rcodes) {
            const denied = { ...(message as RawMessage), rcode, answers: [], authorities };
            const verdict = judgeMessage(denied, question, keys);
            expect([question, rcode, verdict.status]).toEqual([question, rcode, 'bogus']);
          }
        }
      }
    });

    it.each(['rsa256.test.', 'p256.test.'])(
      'of %s prove nothing on the wrong side of a zone cut',
      async (zone) => {
        const keys = await trustedKeys(bench(zone));
        const missing = { status: 'bogus', code: 'dnssec-denial-missing' };
        // The zone itself denies a DS record that only its parent has.
        const own = questionIn(zone, ['', 'DS']);
        expect(judge(await octetsOf(own, bench(zone).server), own, keys)).toEqual(missing);
        // The zone above denies what only the zone below can have.
        const denial = await octetsOf(questionIn(zone, ['unsigned', 'DS']), bench(zone).server);
        const below = questionIn(zone, ['unsigned', 'A']);
        expect(judge(denial, below, keys)).toEqual(missing);
      },
    );

    it('are no other zone’s, though its keys are the same', async () => {
      const keys = await trustedKeys(bench('p256.test.'));
      const question = questionIn('p256.test.', ['www', 'A']);
      const octets = await octetsOf(question, bench('p256.test.').server);
      expect(judge(octets, question, { ...keys, zone: ['test'] })).toEqual({
        status: 'bogus',
        code: 'dnssec-key-unknown',
      });
    });

    it.each([
      ['no zone key', 0x0001],
      ['revoked', 0x0181],
    ])('are not signed by a key that is %s', async (_what, flags) => {
      const keys = await trustedKeys(bench('p256.test.'));
      const changed = keys.keys.flatMap(({ owner, rdata }) => {
        const other = Buffer.from(rdata);
        other.writeUInt16BE(flags);
        const key = readDnsKey(owner, other);
        return key === undefined ? [] : [{ ...key, tag: keyTag(rdata) }];
      });
      const question = questionIn('p256.test.', ['www', 'A']);
      const octets = await octetsOf(question, bench('p256.test.').server);
      expect(judge(octets, question, { ...keys, keys: changed })).toMatchObject({
        code: 'dnssec-key-unknown',
      });
    });

    it.each(['ed25519.test.', 'p256.test.', 'ldns.test.'])(
      'of %s stay what they say or are found out, whichever bit is turned',
      async (zone) => {
        const keys = await trustedKeys(bench(zone));
        let [secure, found] = [0, 0];
        const changed: unknown[] = [];
        for (const [turn, each] of QUESTIONS.entries()) {
          const question = questionIn(zone, each);
          const octets = await octetsOf(question, bench(zone).server);
          const before = readRawMessage(octets);
          const content = before && contentOf(before);
          // What a referral says of the zone below is not signed.
          if (content === undefined || content.startsWith('referral')) continue;
          for (let at = 12 + (turn % 7); at < octets.length; at += 7) {
            const turned = Uint8Array.from(octets);
            turned[at] = (turned[at] ?? 0) ^ (1 << (at % 8));
            if (judge(turned, question, keys)?.status === 'secure') {
              const after = readRawMessage(turned);
              const said = after && contentOf(after);
              if (said !== content) changed.push([question, at, said, content]);
              secure += 1;
            } else {
              found += 1;
            }
          }
        }
        expect(changed).toEqual([]);
        expect(found).toBeGreaterThan(1000);
        expect(secure).toBeGreaterThan(0);
      },
    );
  },
);
