/**
 * A server with a register and two zones, changed through all its doors at once, and what of that it
 * has acknowledged: a change that was under way when it was killed may be there or not.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Random } from '#base/random.ts';
import { holdfast } from '../../kit/command-line.ts';
import { openDemoSession } from '../../kit/epp/demo-session.ts';
import { resultOf } from '../../kit/epp/epp-client.ts';
import { contactCreate, domainCreate, done, hostCreate } from '../../kit/epp/epp-objects.ts';
import { freePort } from '../../kit/free-port.ts';
import { addNameserverKeys } from '../../kit/server-configuration.ts';
import {
  makeServerFolder,
  type ServerFolder,
  type ServerProcess,
} from '../../kit/server-process.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { askUdp } from '../../kit/udp-query.ts';
import { writeUpdate } from '../../kit/update-message.ts';
import { UpdateSender } from '../../kit/update-sender.ts';

export const ZONE = `$TTL 60
@ IN SOA ns1.example.net. hostmaster.example.net. 1 7200 900 1209600 300
@ IN NS ns1.example.net.
`;
const API = '/api/v1/servers/localhost/zones/a.example.';

export class Trial {
  readonly place: ServerFolder;
  readonly #eppPort: number;
  readonly #random: Random;
  /** Addresses by owner name; names of the register. */
  readonly addresses = new Map<string, string>();
  readonly names: string[] = [];
  #sent = 0;

  private constructor(place: ServerFolder, eppPort: number, random: Random) {
    this.place = place;
    this.#eppPort = eppPort;
    this.#random = random;
  }

  static async open(random: Random, store = ''): Promise<Trial> {
    const eppPort = await freePort();
    const extra = `epp: { listen: "127.0.0.1:${eppPort}", tlds: [tld.], demoRegistrar: demo-rar }
backup:
  incremental: never
  locations: [{ name: disk-2, directory: "./disk 2" }]
${store}`;
    const place = await makeServerFolder(await temporaryFolder(), extra);
    await addNameserverKeys(place, ['update: { allow: ["127.0.0.1"] }']);
    for (const name of ['tld', 'a.example']) {
      await writeFile(join(place.zones, `${name}.zone`), ZONE);
    }
    return new Trial(place, eppPort, random);
  }

  async createObjects(): Promise<void> {
    const session = await openDemoSession(this.place.data, this.#eppPort);
    await done(session, contactCreate('jo-1'));
    await done(session, hostCreate('ns1.host.example'));
    session.close();
  }

  /** Changes through all doors at once, each one after the other, until one has no answer. */
  changes(server: ServerProcess, count: number): Promise<unknown> {
    return Promise.all([
      this.#patches(server, count),
      this.#updates(server, count),
      this.#commands(count),
    ]);
  }

  async #patches(server: ServerProcess, count: number): Promise<void> {
    for (let left = count; left > 0; left--) {
      const name = `api-${this.#random.below(20)}.a.example.`;
      const content = this.#address();
      const records = [{ content, disabled: false }];
      const rrset = { name, type: 'A', ttl: 60, records, changetype: 'REPLACE' };
      // What was under way and not answered may be there or not.
      this.addresses.delete(name);
      const answer = await server.api('PATCH', API, { rrsets: [rrset] }).catch(() => undefined);
      if (answer === undefined) return;
      must(answer.status, 204);
      this.addresses.set(name, content);
    }
  }

  async #updates(server: ServerProcess, count: number): Promise<void> {
    const sender = await UpdateSender.open({ port: server.place.dnsPort, transport: 'tcp' });
    const ended = server.exited.then(() => undefined);
    for (let left = count; left > 0; left--) {
      const name = `update-${this.#random.below(20)}.a.example.`;
      const address = this.#address();
      const updates = [`delete ${name} A`, `add ${name} 60 A ${address}`];
      this.addresses.delete(name);
      const message = writeUpdate({ id: this.#sent & 0xffff, zone: 'a.example.', updates });
      const rcode = await Promise.race([sender.send(message).catch(() => undefined), ended]);
      if (rcode === undefined) break;
      must(rcode, 0);
      this.addresses.set(name, address);
    }
    sender.close();
  }

  async #commands(count: number): Promise<void> {
    const session = await openDemoSession(this.place.data, this.#eppPort);
    for (let left = count; left > 0; left--) {
      this.#sent += 1;
      const name = `n-${this.#sent}.tld`;
      const wanted = { contact: 'jo-1', nameservers: ['ns1.host.example'] };
      const answer = await session.ask(domainCreate(name, wanted)).catch(() => undefined);
      if (answer === undefined) return;
      must(resultOf(answer), 1000);
      this.names.push(name);
    }
    session.close();
  }

  #address(): string {
    this.#sent += 1;
    return `10.${(this.#sent >> 16) & 255}.${(this.#sent >> 8) & 255}.${this.#sent & 255}`;
  }

  async backUp(): Promise<void> {
    const made = await holdfast('backup', 'now', '--config', this.place.config);
    must(made.exitCode, 0);
  }

  /** What was acknowledged and is not served, with what is. */
  async missing(): Promise<string[]> {
    const { dnsPort: port } = this.place;
    const missing: string[] = [];
    for (const [name, address] of this.addresses) {
      const { answers = [] } = await askUdp({ port, name, type: 'A' });
      const found = answers.map((record) => (record.type === 'A' ? record.data : record.type));
      if (found.join(' ') !== address) missing.push(`${name} ${address}, not ${found.join(' ')}`);
    }
    for (const name of this.names) {
      const { authorities = [] } = await askUdp({ port, name, type: 'NS' });
      if (!authorities.some((record) => record.type === 'NS' && record.name === name)) {
        missing.push(name);
      }
    }
    return missing;
  }
}

function must(found: unknown, expected: unknown): void {
  if (found !== expected) throw new Error(`${String(found)} instead of ${String(expected)}`);
}
