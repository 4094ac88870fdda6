// Whatever is committed in whatever order, and however often the stream breaks: database B is the
// register, and nothing that strangers send makes its readers throw what nobody expects.
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { errorCode } from '#base/coded-error.ts';
import type { RegisterDraft } from '#registry/model/register.ts';
import { readName } from '#registry/rdds/directory-query.ts';
import { directoryRow } from '#registry/rdds/replica/directory-row.ts';
import { LineReader } from '#registry/rdds/replica/line-reader.ts';
import { parseReplicaLine } from '#registry/rdds/replica/replica-line.ts';
import { readWhoisQuery } from '#registry/rdds/whois/whois-query.ts';
import { contactOf, domainOf, hostOf } from '../../kit/rdds/directory-content.ts';
import { followRegister } from '../../kit/rdds/followed-register.ts';

const LABELS = ['a', 'b', 'c', 'd'] as const;

type Step =
  | { do: 'put' | 'delete'; type: 'domain' | 'host' | 'contact'; label: string; octet: number }
  | { do: 'break' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      do: fc.constantFrom('put' as const, 'delete' as const),
      type: fc.constantFrom('domain' as const, 'host' as const, 'contact' as const),
      label: fc.constantFrom(...LABELS),
      octet: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'break' as const }) },
);

function write(
  draft: RegisterDraft,
  { do: act, type, label, octet }: Exclude<Step, { do: 'break' }>,
): void {
  const name = type === 'contact' ? `${label}-id` : `${label}.tld`;
  if (act === 'delete') {
    if (type === 'domain') draft.deleteDomain(name);
    else if (type === 'host') draft.deleteHost(name);
    else draft.deleteContact(name);
  } else if (type === 'domain') draft.putDomain(domainOf(name, { expiresAtMs: octet }));
  else if (type === 'host') draft.putHost(hostOf(name, [`192.0.2.${octet}`]));
  else draft.putContact(contactOf(name, { roid: `C${octet}-TEST` }));
}

/** What database B is to have of an object of the register. */
function shownOf(type: 'domain' | 'host' | 'contact', value: object | undefined) {
  return value && directoryRow({ type, key: '', value })?.value;
}

it('database B is the register after random commands and broken streams', async () => {
  const { register, door, directory, replica, commit, caughtUp } = await followRegister();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      for (const each of steps) {
        if (each.do !== 'break') await commit((draft) => write(draft, each));
        else {
          await door.shut();
          await door.open();
        }
      }
      await caughtUp();
      const view = replica.view();
      for (const label of LABELS) {
        const name = `${label}.tld`;
        const [domain, host] = [await register.domain(name), await register.host(name)];
        const contact = await register.contact(`${label}-id`);
        expect(await view?.find('domain', name)).toEqual(shownOf('domain', domain));
        expect(await view?.find('host', name)).toEqual(shownOf('host', host));
        expect(await view?.find('contact', `${label}-id`)).toEqual(shownOf('contact', contact));
      }
      await view?.close();
      for (const octet of [1, 2, 3]) {
        const address = `192.0.2.${octet}`;
        const { objects } = await directory.findHostsByAddress(address);
        const expected = [];
        for (const name of [...LABELS.map((label) => `${label}.tld`), 'ns1.example.tld']) {
          if ((await register.host(name))?.addresses.includes(address) === true)
            expected.push(name);
        }
        expect(objects.map(({ host }) => host.name)).toEqual(expected);
      }
    }),
    { numRuns: 8 },
  );
});

it('a query is read into names that the register could have, or refused', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      readWhoisQuery(text);
      expect(readName(text) ?? 'none').toMatch(/^[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*$/);
    }),
  );
});

it('a name is read to itself, in any case and with its final dot', () => {
  const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);
  fc.assert(
    fc.property(fc.array(label, { minLength: 1, maxLength: 5 }), (labels) => {
      const name = labels.join('.');
      expect(readName(`${name.toUpperCase()}.`)).toBe(name);
    }),
  );
});

function codeOfParsing(text: string): string | undefined {
  try {
    parseReplicaLine(text);
    return 'understood';
  } catch (error) {
    return errorCode(error);
  }
}

it('a line of the stream is understood or refused by its code, however it arrives', () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
      expect(codeOfParsing(text)).toBeOneOf(['understood', 'RDDS_STREAM_INVALID']);
    }),
  );
  fc.assert(
    fc.property(fc.array(fc.json()), fc.integer({ min: 1, max: 9 }), (lines, size) => {
      const octets = Buffer.from(lines.map((line) => `${line}\n`).join(''), 'utf8');
      const reader = new LineReader();
      const read: string[] = [];
      for (let at = 0; at < octets.length; at += size) {
        read.push(...reader.push(octets.subarray(at, at + size)));
      }
      expect(read).toEqual(lines);
    }),
  );
});
