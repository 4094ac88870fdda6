/**
 * Dated conversations between registrars and the register: what each side said at which instant of
 * a clock that the test moves, as one text to compare with a file. Ids that differ from run to run
 * are replaced by what they are.
 */
import { formatInstant, makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import { RegisterJobs } from '#registry/flow/lifecycle.ts';
import { commandOf, type EppTestClient, resultOf, uriOf } from '../kit/epp/epp-client.ts';
import { EppFixture, type EppFixtureOptions } from '../kit/epp/epp-fixture.ts';
import { lintAll } from '../kit/epp/xmllint.ts';

const POLL = commandOf('<poll op="req"/>', 'POLL-1');
const DAY_MS = 86_400_000;
const FOREVER_MS = 100 * 365 * DAY_MS;
const EXTENSIONS = ['secDNS-1.1', 'rgp-1.0', 'epp:fee-1.0', 'changePoll-1.0'].map(uriOf);

export class Conversation {
  readonly fixture: EppFixture;
  /** Every document that the server sent. */
  readonly sent: string[] = [];
  readonly #cell: SharedArrayBuffer;
  readonly #clients: ReadonlyMap<string, EppTestClient>;
  #text = '';

  private constructor(
    fixture: EppFixture,
    cell: SharedArrayBuffer,
    clients: ReadonlyMap<string, EppTestClient>,
  ) {
    this.fixture = fixture;
    this.#cell = cell;
    this.#clients = clients;
  }

  /** Both registrars are logged in; sessions have no end, as months pass in them. */
  static async open(
    startMs: number,
    options: Pick<EppFixtureOptions, 'profile'> = {},
  ): Promise<Conversation> {
    const cell = makeClockCell(startMs);
    const clock = openClock({ kind: 'cell', cell });
    const limits = { idleTimeoutMs: FOREVER_MS, sessionTimeoutMs: FOREVER_MS };
    const fixture = await EppFixture.open({ ...options, clock, limits });
    const clients = new Map<string, EppTestClient>();
    for (const account of fixture.accounts) {
      clients.set(account.id, await fixture.login(account, { extensions: EXTENSIONS }));
    }
    return new Conversation(fixture, cell, clients);
  }

  get nowMs(): number {
    return this.fixture.context.clock.nowMs();
  }

  /** What was said so far. */
  get text(): string {
    return `<conversation>\n${this.#text}</conversation>\n`;
  }

  /** Lets days pass, and the register's jobs do what has become due. */
  async passDays(days: number): Promise<void> {
    setClockCell(this.#cell, this.nowMs + days * DAY_MS);
    const jobs = new RegisterJobs(this.fixture.context);
    while (await jobs.run(this.nowMs));
    this.#text += `\n<!-- ${days} days pass -->\n`;
  }

  /** @returns the answer, as it came */
  async say(registrar: string, what: string, xml: string): Promise<string> {
    const client = this.#clients.get(registrar);
    if (client === undefined) throw new Error(`${registrar} is not logged in`);
    const answer = await client.ask(xml);
    this.sent.push(answer);
    this.#text += `\n<!-- ${formatInstant(this.nowMs)} ${registrar} ${what} -->\n`;
    this.#text += `${indent(anonymous(xml))}\n${indent(anonymous(answer))}\n`;
    return answer;
  }

  /** The same, with the result that must come. @throws Error with the answer where it is another */
  async step(registrar: string, what: string, xml: string, result: number): Promise<string> {
    const answer = await this.say(registrar, what, xml);
    if (resultOf(answer) === result) return answer;
    throw new Error(`${registrar} ${what}: not ${result} but ${answer}`);
  }

  /** Reads and acknowledges until no message is left. */
  async pollAll(registrar: string): Promise<void> {
    for (;;) {
      const answer = await this.say(registrar, 'polls', POLL);
      if (resultOf(answer) === 1300) return;
      const id = /<msgQ count="\d+" id="(\d+)"/.exec(answer)?.[1] ?? '';
      const acknowledgement = commandOf(`<poll op="ack" msgID="${id}"/>`);
      await this.step(registrar, 'acknowledges', acknowledgement, 1000);
    }
  }

  /** Has xmllint validate every document that the server sent. @throws Error with what it says */
  lint(): void {
    lintAll(this.sent);
  }

  async close(): Promise<void> {
    for (const client of this.#clients.values()) client.close();
    await this.fixture.close();
  }
}

/** Without the document's declaration, an element a line as far as elements hold elements. */
function indent(xml: string): string {
  const lines = xml
    .replace(/^<\?xml[^>]*\?>\s*/, '')
    .replace(/>\s*</g, '>\n<')
    .split('\n');
  let depth = 0;
  return lines
    .map((line) => {
      if (line.startsWith('</')) depth -= 1;
      const shown = `${'  '.repeat(depth)}${line}`;
      if (/^<[^/!?]/.test(line) && !line.endsWith('/>') && !line.includes('</')) depth += 1;
      return shown;
    })
    .join('\n');
}

function anonymous(xml: string): string {
  return xml
    .replace(/<(\w*:?svTRID)([^>]*)>[^<]*</g, '<$1$2>SERVER-ID<')
    .replace(/<(\w+):roid>[^<]*</g, '<$1:roid>ROID<')
    .replace(/ msgID="\d+"/g, ' msgID="MESSAGE"')
    .replace(/<msgQ count="(\d+)" id="\d+"/g, '<msgQ count="$1" id="MESSAGE"');
}
