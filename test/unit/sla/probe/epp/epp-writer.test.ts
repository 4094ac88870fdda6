// A change through EPP, and the places where it has to appear: name servers, WHOIS and RDAP.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { encode } from 'dns-packet';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import { seededRandom } from '#base/random.ts';
import { type ListenAddress, parseListenAddress } from '#net/listen-address.ts';
import { EppWriter } from '#sla/probe/epp/epp-writer.ts';
import { type RddsTarget, RddsTester } from '#sla/probe/rdds/rdds-tester.ts';
import { StallWatch } from '#sla/probe/stall-watch.ts';
import { type UpdateSeen, UpdateTest } from '#sla/probe/update-test.ts';
import { freePort } from '../../../../kit/free-port.ts';
import { listenHttp } from '../../../../kit/http-listener.ts';
import { accountOf, probeCertificates } from '../../../../kit/probe-certificates.ts';
import { startScriptedAnswers } from '../../../../kit/scripted-answers.ts';
import { type ScriptedEpp, scriptedEpp } from '../../../../kit/scripted-epp.ts';

const NOW_MS = 1_790_812_800_000;
const LIMIT_MS = 3_600_000;
const own = probeCertificates();

interface Bench {
  epp: ScriptedEpp;
  cell: SharedArrayBuffer;
  run: () => Promise<UpdateSeen[]>;
}

/** Every place shows the name servers that the EPP server has, WHOIS only if `withWhois`. */
async function openBench(withWhois = true): Promise<Bench> {
  const epp = await scriptedEpp(own.server, own.authority);
  const cell = makeClockCell(NOW_MS);
  const clock = openClock({ kind: 'cell', cell });
  const { signal } = new AbortController();
  const tester = new RddsTester({ clock, stalls: new StallWatch(clock, 60_000), signal });
  const asking = { clock, random: seededRandom(1), signal };
  const writer = new EppWriter({
    account: accountOf(own),
    addresses: [epp.server],
    domain: 'probe.example',
    hostsBelow: 'ns.probe.example',
    targets: [{ nameserver: 'ns1.', server: await nameServer(epp) }],
    rdds: { targets: await directories(epp, withWhois), tester },
    ...asking,
  });
  const test = new UpdateTest({ writer, limitMs: LIMIT_MS, clock, signal });
  const run = async (): Promise<UpdateSeen[]> => {
    const seen: UpdateSeen[] = [];
    await test.run('p01', (update) => seen.push(update));
    return seen.sort((a, b) => placeOf(a).localeCompare(placeOf(b)));
  };
  return { epp, cell, run };
}

function placeOf({ service, interface: asked }: UpdateSeen): string {
  return `${service} ${asked ?? ''}`;
}

/** Refers to the domain's name servers, as the servers of the zone above do. */
function nameServer(epp: ScriptedEpp): Promise<ListenAddress> {
  return startScriptedAnswers(async (query) =>
    encode({
      type: 'response',
      id: query.readUInt16BE(0),
      questions: [{ type: 'NS', name: 'probe.example' }],
      authorities: [...epp.nameservers].map((data) => {
        return { type: 'NS' as const, name: 'probe.example', ttl: 60, data };
      }),
    }),
  );
}

async function directories(epp: ScriptedEpp, withWhois: boolean): Promise<RddsTarget[]> {
  const port = await freePort();
  const whois = createServer((socket) => {
    const lines = [...epp.nameservers].map((name) => `Name Server: ${name.toUpperCase()}`);
    socket
      .on('error', () => undefined)
      .on('data', () => {
        socket.end(withWhois ? lines.join('\r\n') : 'Name Server: T1000000000000.NS.PROBE.EXAMPLE');
      });
  });
  whois.listen(port, '127.0.0.1');
  await once(whois, 'listening');
  onTestFinished(() => void whois.close());
  const rdap = await listenHttp((_request, response) => {
    const nameservers = [...epp.nameservers].map((ldhName) => ({ ldhName }));
    response.end(JSON.stringify({ objectClassName: 'domain', nameservers }));
  });
  const addresses = [parseListenAddress(`127.0.0.1:${port}`)];
  const lookup = { host: 'rdap.test', path: '/domain/{name}', before: [], accept: '*/*' };
  return [
    { interface: 'whois', addresses, timeoutMs: 3000, query: '{name}' },
    {
      interface: 'rdap',
      addresses: [parseListenAddress(new URL(rdap).host)],
      timeoutMs: 3000,
      lookup,
    },
  ];
}

describe('a change through EPP', () => {
  it('is seen at every address and interface from the confirmation on', async () => {
    const { epp, run } = await openBench();
    const seen = await run();
    expect(seen.map((each) => [placeOf(each), each.observedAt])).toEqual([
      ['dns ', '2026-10-01T00:00:00.000Z'],
      ['rdds rdap', '2026-10-01T00:00:00.000Z'],
      ['rdds whois', '2026-10-01T00:00:00.000Z'],
    ]);
    expect(new Set(seen.map(({ change }) => change))).toEqual(new Set([`s-1-${NOW_MS}`]));
    expect([...epp.nameservers]).toEqual(['ns1.example.net', `t${NOW_MS}.ns.probe.example`]);
  });

  it('takes the name server of the change before away, and no other', async () => {
    const { epp, cell, run } = await openBench();
    await run();
    setClockCell(cell, NOW_MS + 1000);
    await run();
    expect([...epp.nameservers]).toEqual(['ns1.example.net', `t${NOW_MS + 1000}.ns.probe.example`]);
    expect(epp.commands).toContain(`host:delete t${NOW_MS}.ns.probe.example`);
  });

  it('is late where one interface never shows it', async () => {
    const { cell, run } = await openBench(false);
    setTimeout(() => setClockCell(cell, NOW_MS + LIMIT_MS + 1), 500);
    const seen = await run();
    expect(seen.map((each) => [placeOf(each), each.observedAt === null])).toEqual([
      ['dns ', false],
      ['rdds rdap', false],
      ['rdds whois', true],
    ]);
  });

  it.each(['command-refused', 'login-refused', 'cut'] as const)(
    'is none when the server is %s',
    async (behaviour) => {
      const { epp, run } = await openBench();
      epp.behaviour = behaviour;
      await expect(run()).rejects.toMatchObject({ code: 'PROBE_EPP_FAILED' });
    },
  );
});
