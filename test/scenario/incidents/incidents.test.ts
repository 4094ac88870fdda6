// What an operator sees of an outage: the whole sidecar on a clock that the test moves, results
// handed in over HTTP, a webhook that is told, and the commands for what people enter.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadConfiguration } from '#app/config/load-configuration.ts';
import { startSla } from '#app/sla-process.ts';
import { makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { seededRandom } from '#base/random.ts';
import type { IncidentsStatus } from '#http/site/incident-ports.ts';
import type { Message } from '#sla/incident/notice.ts';
import { readLedger } from '#sla/ledger/ledger-reader.ts';
import { holdfast } from '../../kit/command-line.ts';
import { freePort } from '../../kit/free-port.ts';
import { listenHttp } from '../../kit/http-listener.ts';
import { dnsTests, topologyOf } from '../../kit/sla-evidence.ts';
import { saidBy } from '../../kit/sla-watch.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const START_MS = Date.parse('2026-10-05T10:00:00Z');
const MINUTE_MS = 60_000;
const POLL = { timeout: 15_000, interval: 100 };

async function openStory() {
  const folder = await temporaryFolder();
  const messages: Message[] = [];
  const hook = await listenHttp(async (request, response) => {
    messages.push(JSON.parse(await text(request)) as Message);
    response.end();
  });
  const port = await freePort();
  const config = join(folder, 'holdfast.yaml');
  await writeFile(
    config,
    `data: ./data
sla:
  listen: 127.0.0.1:${port}
  contracts: [biz-2013-lab, hosting]
  scrape: []
  contacts:
    - name: hook
      contracts: [biz-2013-lab]
      webhook: { url: "${hook}/path" }
`,
  );
  const cell = makeClockCell(START_MS);
  const clock = openClock({ kind: 'cell', cell });
  const configuration = await loadConfiguration(config);
  const parts = { clock, log: silentLog(), random: seededRandom(1) };
  const sidecar = await startSla({ configuration }, parts);
  onTestFinished(() => sidecar.close());
  const url = `http://127.0.0.1:${port}`;
  const token = (await readFile(join(folder, 'data', 'probe.token'), 'utf8')).trim();
  const handIn = async (lines: readonly object[]): Promise<void> => {
    const response = await fetch(`${url}/api/holdfast/v1/measurements`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
      body: lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
    });
    expect(response.status).toBe(200);
  };
  await handIn([topologyOf(2, '2026-10-05T10:00:00Z')]);
  const story = {
    url,
    config,
    token,
    messages,
    moveTo: (minute: number) => setClockCell(cell, START_MS + minute * MINUTE_MS),
    /** Cycles `from` up to `to`, each handed in while it runs. */
    measure: async (from: number, to: number, isDown: boolean) => {
      for (let minute = from; minute < to; minute++) {
        story.moveTo(minute + 0.5);
        const cycle = START_MS / 1000 + minute * 60;
        await handIn(dnsTests({ cycle, fails: () => isDown }));
      }
    },
    said: () => saidBy(messages),
    /** What the ledger has of escalations of the DNS; its chain is checked on the way. */
    recorded: async () => {
      const lines: string[] = [];
      for await (const part of readLedger(configuration.sla?.ledger ?? '')) {
        for (const { body } of part.lines) {
          if (body.kind !== 'escalation' || body.service !== 'dns') continue;
          const { event, percent, until, contact } = body;
          const whom = contact === undefined ? '' : ` to ${contact}`;
          lines.push(`${event} ${percent}${until === undefined ? '' : ` until ${until}`}${whom}`);
        }
      }
      return lines;
    },
    status: async () => {
      const response = await fetch(`${url}/api/holdfast/v1/incidents`);
      return (await response.json()) as IncidentsStatus;
    },
  };
  return story;
}

describe('an outage', () => {
  it('is told, escalated with evidence, shown, and corrected with the other side’s word', async () => {
    const story = await openStory();
    const { config, url, token, messages, moveTo, measure, said, status, recorded } = story;
    await measure(0, 2, false);
    await measure(2, 27, true);
    await measure(27, 32, false);
    moveTo(40);
    await expect.poll(said, POLL).toContain('escalation dns 10');
    expect(said()).toContain('emergency-share dns 10');
    await expect.poll(said, POLL).toContain('incident-resolved dns');

    const told = await status();
    expect(told.shares.find(({ service }) => service === 'dns')).toMatchObject({
      contract: 'biz-2013-lab',
      downSeconds: 1500,
      percent: 10,
      escalation: 'open',
      fallsOut: { from: '2026-10-12T10:02:00Z', to: '2026-10-12T10:27:00Z', seconds: 1500 },
      belowAt: [{ ratio: 0.1, at: '2026-10-12T10:04:00Z' }],
    });
    const evidence = told.messages.flatMap((message) => message.evidence);
    const bundle = await fetch(`${url}/api/holdfast/v1/evidence/${evidence[0]}`);
    expect(await bundle.json()).toMatchObject({ contract: { id: 'biz-2013-lab' } });
    const page = await (await fetch(url)).text();
    expect(page).toContain('Incidents and escalations');
    expect(page).toContain('2026-10-12 10:04:00 UTC');
    const shown = await holdfast('sla', 'incidents', '--config', config);
    expect(shown.stdout).toMatch(/biz-2013-lab {2}dns +1500 of 14400 s +0\.1041\d* +open/);

    const claim = [
      '--service',
      'dns',
      '--from',
      '2026-10-05T10:02:00Z',
      '--to',
      '2026-10-05T10:22:00Z',
    ];
    const words = ['--reason', 'the probe’s own switch', '--author', 'noc', '--config', config];
    const alone = await holdfast('sla', 'false-positive', 'add', ...claim, ...words);
    expect([alone.exitCode, alone.stdout]).toEqual([
      0,
      expect.stringMatching(/biz-2013-lab +dns +disputed .*claimed by noc alone/),
    ]);
    moveTo(41);
    const agreed = await holdfast(
      'sla',
      'false-positive',
      'add',
      ...claim,
      ...words,
      '--agreed-by',
      'icann',
      '--json',
    );
    expect(JSON.parse(agreed.stdout)).toMatchObject({
      entry: { kind: 'false-positive', at: '2026-10-05T10:41:00.000Z', agreedBy: 'icann' },
      effects: [
        { contract: 'biz-2013-lab', effect: 'false-positive' },
        { contract: 'hosting', effect: 'false-positive' },
      ],
    });
    moveTo(42);
    await expect.poll(said, POLL).toContain('escalation-ended dns 0');
    await expect
      .poll(recorded, POLL)
      .toEqual(['reached 10', 'delivered 10 to hook', 'ended 0', 'delivered 0 to hook']);
    const correction = messages
      .flatMap(({ notices }) => notices)
      .find(({ kind }) => kind === 'correction');
    expect(correction).toMatchObject({
      entry: { agreedBy: 'icann' },
      changes: [
        {
          parameter: 'dns-service-availability',
          before: { downSeconds: 1500 },
          after: { downSeconds: 300 },
        },
        { parameter: 'dns-nameserver-availability', subject: 'ns1.example. 192.0.2.1' },
        { parameter: 'dns-nameserver-availability', subject: 'ns2.example. 192.0.2.2' },
      ],
    });
    const probe = await fetch(`${url}/api/holdfast/v1/entries`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: '{}',
    });
    expect(probe.status).toBe(401);
  }, 60_000);

  it('that is declared is alarmed and escalated only when the declared time is over', async () => {
    const { config, moveTo, measure, said, status, recorded } = await openStory();
    const notice = ['sla', 'notice', 'add', '--config', config, '--service', 'dns', '--json'];
    const period = ['--from', '2026-10-05T10:00:00Z', '--to', '2026-10-05T11:00:00Z'];
    const declared = await holdfast(
      ...notice,
      ...period,
      '--type',
      'outage',
      '--audience',
      'icann',
    );
    expect([declared.exitCode, declared.stderr]).toEqual([0, '']);
    await measure(0, 26, true);
    moveTo(40);
    await expect.poll(said, POLL).toContain('emergency-share dns 10');
    expect(said()).not.toContain('escalation dns 10');
    expect((await status()).shares[0]).toMatchObject({
      escalation: 'suspended',
      suspendedUntil: '2026-10-05T11:00:00Z',
    });
    moveTo(60);
    await expect.poll(said, POLL).toContain('escalation dns 10');
    expect(said().filter((each) => each === 'emergency-share dns 10')).toHaveLength(1);
    await expect
      .poll(recorded, POLL)
      .toEqual(['suspended 10 until 2026-10-05T11:00:00Z', 'reached 10', 'delivered 10 to hook']);
  }, 60_000);

  it.each([
    [
      ['--type', 'planned', '--audience', 'icann', '--at', '2026-10-05T10:00:01Z'],
      /at: .* has not come yet/,
    ],
    [['--type', 'planned', '--audience', 'nobody'], /audience\.0: /],
    [['--type', 'late', '--audience', 'icann'], /type: /],
  ])('is not entered with %j', async (fields, message) => {
    const { config } = await openStory();
    const period = ['--from', '2026-10-06T10:00:00Z', '--to', '2026-10-06T11:00:00Z'];
    const run = await holdfast(
      'sla',
      'notice',
      'add',
      '--config',
      config,
      '--service',
      'dns',
      ...period,
      ...fields,
    );
    expect([run.exitCode, run.stderr]).toEqual([1, expect.stringMatching(message)]);
  });
});
