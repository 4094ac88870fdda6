/**
 * Whatever octets a primary sends in place of a good transfer, the secondary takes the zone or says
 * with a code of its own why not; nothing else is thrown, and nothing waits for ever.
 */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { openClock } from '#base/clock.ts';
import { CodedError } from '#base/coded-error.ts';
import { systemRandom } from '#base/random.ts';
import { PrimarySession } from '#dns/transfer/secondary/primary-session.ts';
import { TRANSFER_LIMITS } from '#dns/transfer/secondary/transfer-limits.ts';
import { TransferReader } from '#dns/transfer/secondary/transfer-reader.ts';
import { parseName } from '#dns/wire/name.ts';
import { writeSoa } from '#dns/zone/soa.ts';
import { IncomingZone } from '#dns/zonedb/import-transfer.ts';
import {
  type AskedPrimary,
  addressAnswer,
  encodeReply,
  nsAnswer,
  soaAnswer,
  startScriptedPrimary,
} from '../../../kit/scripted-primary.ts';

const RUNS = 300;
const APEX = parseName('example.com.');
const WWW = addressAnswer('www', '192.0.2.1');
const FORMS = [
  [soaAnswer(9), nsAnswer(), WWW, soaAnswer(9)],
  [soaAnswer(9), soaAnswer(7), WWW, soaAnswer(8), nsAnswer(), soaAnswer(8), soaAnswer(9), WWW],
];
const OWN = writeSoa({
  primary: APEX,
  mailbox: APEX,
  serial: 7,
  refresh: 1,
  retry: 1,
  expire: 1,
  minimum: 1,
});

it('a transfer with any octets changed is taken or refused with a code', {
  timeout: 30_000,
}, async () => {
  let changes: [number, number][] = [];
  let form = FORMS[0];
  const primary = await startScriptedPrimary(async function* script(asked: AskedPrimary) {
    const message = encodeReply(asked, [...form, soaAnswer(9)]);
    for (const [at, octet] of changes) message[at % message.length] = octet;
    yield message;
    asked.socket?.end();
  });
  const outcomes = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 3 }),
      fc.constantFrom(...FORMS),
      fc.boolean(),
      async (changed, chosen, isIncremental) => {
        changes = changed;
        form = chosen;
        const session = new PrimarySession({
          primary,
          key: undefined,
          limits: { ...TRANSFER_LIMITS, idleMsMax: 1000 },
          clock: openClock({ kind: 'system' }),
          random: systemRandom(),
          signal: new AbortController().signal,
        });
        const reader = new TransferReader(APEX, isIncremental ? 7 : undefined);
        const incoming = new IncomingZone(APEX);
        try {
          await session.transfer(APEX, isIncremental ? OWN : undefined, reader, (role, record) => {
            if (role !== 'content') return;
            incoming.add(record.owner, record.type, record.ttl, record.rdata);
          });
          outcomes.add('taken');
        } catch (error) {
          if (!(error instanceof CodedError)) throw error;
          outcomes.add(error.code);
        } finally {
          session.close();
        }
      },
    ),
    { numRuns: RUNS },
  );
  expect([...outcomes]).toEqual(expect.arrayContaining(['taken', 'TRANSFER_MALFORMED']));
});
