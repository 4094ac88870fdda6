/**
 * The register of names beside the zones: a registrar creates, changes and deletes names over EPP, and
 * to the model each name is one more zone, whose content is its delegation (register-view.ts).
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Random } from '#base/random.ts';
import { openDemoSession } from '../../kit/epp/demo-session.ts';
import { type EppTestClient, resultOf } from '../../kit/epp/epp-client.ts';
import { objectCommand } from '../../kit/epp/epp-frames.ts';
import { contactCreate, domainCreate, done, hostCreate } from '../../kit/epp/epp-objects.ts';
import { freePort } from '../../kit/free-port.ts';
import type { ServerFolder, ServerProcess } from '../../kit/server-process.ts';
import { type Change, type Outcome, RefusedChange } from './changes.ts';
import { delegation, NAMES, TLD, TTL } from './register-view.ts';
import type { Content, ZoneModel } from './zone-model.ts';

const HOSTS = ['ns1.host.example', 'ns2.host.example'];
const CONTACT = 'jo-1';
const MASTER_FILE = `$TTL ${TTL}
@ IN SOA ns1.example.net. hostmaster.example.net. 1 7200 900 1209600 300
@ IN NS ns1.example.net.
`;
/** Result codes of RFC 5730: what was done, and what failed on the server's side. */
const RESULT_DONE = 1000;
const RESULT_FAILED = 2400;

export class RegisterSide {
  readonly #port: number;
  /** Of the server that it was opened to. */
  #session: { server: ServerProcess; client: EppTestClient } | undefined;

  private constructor(port: number) {
    this.#port = port;
  }

  static async open(): Promise<RegisterSide> {
    return new RegisterSide(await freePort());
  }

  /** For the configuration. */
  get settings(): string {
    return `epp: { listen: "127.0.0.1:${this.#port}", tlds: [${TLD}], demoRegistrar: demo-rar }`;
  }

  async writeZone({ zones }: ServerFolder): Promise<void> {
    await writeFile(join(zones, `${TLD}zone`), MASTER_FILE);
  }

  /** What every name needs; for the first server of a run. */
  async createObjects(server: ServerProcess): Promise<void> {
    const client = await this.#clientOf(server);
    await done(client, contactCreate(CONTACT));
    for (const host of HOSTS) await done(client, hostCreate(host));
  }

  /** A command about a name that is not taken, which is taken then. */
  next(model: ZoneModel, taken: Set<string>, random: Random): Change | undefined {
    const free = NAMES.filter((name) => !taken.has(name));
    if (free.length === 0) return undefined;
    const owner = free[random.below(free.length)];
    taken.add(owner);
    const name = owner.slice(0, -1);
    const held = model.content(owner);
    const hosts = HOSTS.filter(() => random.below(2) === 0);
    const wanted = hosts.length === 0 ? [HOSTS[random.below(HOSTS.length)]] : hosts;
    if (held === undefined) {
      const xml = domainCreate(name, { contact: CONTACT, nameservers: wanted });
      return this.#change(`register ${owner}`, owner, wanted, xml);
    }
    if (random.below(3) === 0) {
      const body = `<domain:name>${name}</domain:name>`;
      const xml = objectCommand('domain', 'delete', body);
      return this.#change(`delete ${owner}`, owner, undefined, xml);
    }
    const has = hostsOf(held);
    if (wanted.join() === has.join()) return undefined;
    const added = listHosts('add', wanted, has);
    const removed = listHosts('rem', has, wanted);
    const body = `<domain:name>${name}</domain:name>${added}${removed}`;
    return this.#change(
      `delegate ${owner}`,
      owner,
      wanted,
      objectCommand('domain', 'update', body),
    );
  }

  #change(what: string, owner: string, hosts: readonly string[] | undefined, xml: string): Change {
    const after = new Map([[owner, hosts && delegation(owner, hosts)]]);
    return { what, after, replaces: false, send: (server) => this.#send(server, xml) };
  }

  async #send(server: ServerProcess, xml: string): Promise<Outcome> {
    const client = await this.#clientOf(server);
    const answer = await client.ask(xml).catch((error: unknown) => {
      // An answer that comes late must not be taken for that of the next command.
      client.close();
      this.#session = undefined;
      throw error;
    });
    const result = resultOf(answer);
    if (result === RESULT_DONE) return 'done';
    if (result === RESULT_FAILED) return 'doubtful';
    throw new RefusedChange(`${xml}\nwas answered\n${answer}`);
  }

  async #clientOf(server: ServerProcess): Promise<EppTestClient> {
    if (this.#session?.server === server) return this.#session.client;
    this.#session?.client.close();
    this.#session = undefined;
    const client = await openDemoSession(server.place.data, this.#port);
    this.#session = { server, client };
    return client;
  }
}

function hostsOf(content: Content): string[] {
  return [...content.values()].flat().map((line) => (line.split(' ').at(-1) ?? '').slice(0, -1));
}

/** Those of the first list that the second lacks. */
function listHosts(
  verb: 'add' | 'rem',
  some: readonly string[],
  others: readonly string[],
): string {
  const listed = some.filter((host) => !others.includes(host));
  if (listed.length === 0) return '';
  const hosts = listed.map((host) => `<domain:hostObj>${host}</domain:hostObj>`).join('');
  return `<domain:${verb}><domain:ns>${hosts}</domain:ns></domain:${verb}>`;
}
