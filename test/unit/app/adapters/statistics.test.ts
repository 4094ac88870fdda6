/** PowerDNS's statistics, from counters that packet threads keep. */
import { expect, it } from 'vitest';
import { statisticsReader } from '#app/adapters/statistics.ts';
import { makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import { openCounterRow } from '#base/shared-counters.ts';
import {
  makePacketCounters,
  requestCounter,
  responseCounter,
  snapshotPackets,
} from '#dns/packet/packet-counters.ts';

it('sums protocols as PowerDNS does, and counts its time from the start', async () => {
  const counters = makePacketCounters(2);
  const row = openCounterRow(counters, 1);
  row[requestCounter(0, 0, 1)] += 5;
  row[requestCounter(0, 1, 28)] += 2;
  row[requestCounter(1, 0, 1)] += 3;
  row[requestCounter(2, 1, 6)] += 1;
  row[responseCounter(0, 0)] += 6;
  row[responseCounter(0, 3)] += 1;
  row[responseCounter(2, 5)] += 4;
  const cell = makeClockCell(1_000);
  const read = statisticsReader({
    packets: () => snapshotPackets(counters, [], 0),
    zoneCount: () => 7,
    clock: openClock({ kind: 'cell', cell }),
  });
  setClockCell(cell, 13_500);
  const statistics = await read();
  const values = Object.fromEntries(statistics.map(({ name, value }) => [name, value]));
  expect(values).toMatchObject({
    uptime: 12,
    'zone-cache-size': 7,
    'udp-queries': 7,
    'udp4-queries': 5,
    'udp6-queries': 2,
    'tcp-queries': 4,
    'tcp4-queries': 3,
    'tcp6-queries': 1,
    'udp-answers': 7,
    'tcp-answers': 4,
    'nxdomain-packets': 1,
    'unauth-packets': 4,
    'response-by-qtype': [
      { name: 'A', value: 8 },
      { name: 'AAAA', value: 2 },
      { name: 'SOA', value: 1 },
    ],
    'response-by-rcode': [
      { name: 'No Error', value: 6 },
      { name: 'Non-Existent domain', value: 1 },
      { name: 'Query Refused', value: 4 },
    ],
    'response-sizes': [],
  });
});
