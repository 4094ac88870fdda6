/**
 * Random changes to a few zones, each through one door of a server and with what the model makes of
 * it: PATCH, DNS UPDATE, batches over two zones, imports, new zones and removed ones. Names and types
 * are few, so that later changes meet what earlier ones made.
 */
import type { Random } from '#base/random.ts';
import { formatRcode } from '#dns/wire/header.ts';
import { randomRrsets } from '../../kit/random-rrsets.ts';
import type { ServerProcess } from '../../kit/server-process.ts';
import { writeUpdate } from '../../kit/update-message.ts';
import { UpdateSender } from '../../kit/update-sender.ts';
import { type Content, type ModelChange, SERIAL_HALF, type ZoneModel } from './zone-model.ts';

/** `doubtful`: the server says that it has failed, and what is there shows later. */
export type Outcome = 'done' | 'doubtful';

export interface Change extends ModelChange {
  /** The zone is replaced whole, which the journal has without its records. */
  readonly replaces: boolean;
  /** Rejects when there is no answer at all. */
  send(server: ServerProcess): Promise<Outcome>;
}

interface Edit {
  name: string;
  type: string;
  changetype: 'REPLACE' | 'DELETE';
  ttl?: number;
  records?: { content: string; disabled: boolean }[];
}

/** All that changes touch; names of the register are beside them. */
export const ZONES: readonly string[] = [
  'a.test.',
  'b.test.',
  'c.test.',
  'sub.a.test.',
  'large.test.',
];
const BALLAST_ZONE = 'ballast.test.';
const BALLAST_NAMES = 500;
const NAMESERVER = 'ns1.other.test.';
const TTL = 300;
const CLASSIC = '/api/v1/servers/localhost/zones';
const OWN = '/api/holdfast/v1';
/**
 * A file's serial is taken as it is: always a later one than the zone had, and so little later that a
 * restore can raise serials past all that were given since its backup.
 */
const IMPORT_STEP = 100_000;
export const RESTORE_JUMP = 1_000_000;
const SERVFAIL = 'SERVFAIL';
const SERVER_FAILURE = 500;
const REPLACING = new Set(['create', 'remove', 'import', 'first import']);

export class ChangeMaker {
  readonly #random: Random;
  /** Serials of the newest imports, by zone. */
  readonly #given = new Map<string, number>();
  #made = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** A zone that no other change touches, so that what changes is the lesser part of a store. */
  ballast(model: ZoneModel): Change {
    const content = edited(new Map(), [apexEdit(BALLAST_ZONE), ...ballastEdits('first')]);
    return this.#importOf(model, BALLAST_ZONE, content, 'first import');
  }

  /** Every record of that zone becomes another. @param octets of each */
  rewriteBallast(model: ZoneModel, octets: number): Change {
    const edits = ballastEdits(String(this.#made % 10).repeat(octets));
    return this.#patchOf(BALLAST_ZONE, model.content(BALLAST_ZONE) ?? new Map(), edits);
  }

  /** A change of zones that are not taken, which are taken then; `undefined` when none is left. */
  next(model: ZoneModel, taken: Set<string>): Change | undefined {
    const free = ZONES.filter((zone) => !taken.has(zone));
    if (free.length === 0) return undefined;
    const zone = free[this.#random.below(free.length)];
    taken.add(zone);
    this.#made += 1;
    const content = model.content(zone);
    if (content === undefined) return this.#makeZone(model, zone);
    const chance = this.#random.below(20);
    if (chance === 0) return this.#removal(zone);
    if (chance < 3) return this.#import(model, zone, 'import');
    if (chance < 8) return this.#update(zone, content);
    const other = free.find((name) => name !== zone && model.content(name) !== undefined);
    if (chance < 12 && other !== undefined) {
      taken.add(other);
      return this.#batch(model, [zone, other]);
    }
    return this.#patch(zone, content);
  }

  #makeZone(model: ZoneModel, zone: string): Change {
    if (this.#random.below(2) === 0) return this.#import(model, zone, 'first import');
    const edits = this.#edits(zone);
    const added = edits.filter(({ changetype }) => changetype === 'REPLACE');
    const body = {
      name: zone,
      kind: 'Native',
      nameservers: [],
      rrsets: [apexEdit(zone), ...added],
    };
    const after = edited(edited(new Map(), [apexEdit(zone)]), added);
    return this.#change('create', [[zone, after]], (server) => post(server, CLASSIC, body));
  }

  #removal(zone: string): Change {
    return this.#change('remove', [[zone, undefined]], (server) =>
      request(server, 'DELETE', `${CLASSIC}/${zone}`),
    );
  }

  #import(model: ZoneModel, zone: string, what: string): Change {
    let content = edited(new Map(), [apexEdit(zone)]);
    for (let left = this.#random.below(6); left > 0; left--) {
      content = edited(content, this.#edits(zone));
    }
    return this.#importOf(model, zone, content, what);
  }

  #importOf(model: ZoneModel, zone: string, content: Content, what: string): Change {
    const serial = this.#serialFor(model, zone);
    const soa = `${zone} ${TTL} SOA ${NAMESERVER} host.other.test. ${serial} 7200 900 1209600 300`;
    const text = [soa, ...[...content.values()].flat(), ''].join('\n');
    const path = `${OWN}/zones/${zone}/import?force=true`;
    return this.#change(what, [[zone, content]], (server) =>
      request(server, 'POST', path, text, 'text/dns'),
    );
  }

  #serialFor(model: ZoneModel, zone: string): number {
    const given = this.#given.get(zone) ?? serialOfToday();
    const seen = model.serialOf(zone) ?? given;
    const later = (seen - given) >>> 0 < SERIAL_HALF ? seen : given;
    const serial = (later + IMPORT_STEP) >>> 0;
    this.#given.set(zone, serial);
    return serial;
  }

  #patch(zone: string, content: Content): Change {
    return this.#patchOf(zone, content, this.#edits(zone));
  }

  #patchOf(zone: string, content: Content, rrsets: readonly Edit[]): Change {
    const body = JSON.stringify({ rrsets });
    return this.#change('patch', [[zone, edited(content, rrsets)]], (server) =>
      request(server, 'PATCH', `${CLASSIC}/${zone}`, body),
    );
  }

  #batch(model: ZoneModel, names: readonly string[]): Change {
    const parts = names.map((zone) => ({ zone, edits: this.#edits(zone) }));
    const after = parts.map(
      ({ zone, edits }) => [zone, edited(model.content(zone) ?? new Map(), edits)] as const,
    );
    const zones = parts.map(({ zone, edits }) => ({
      zone,
      edits: edits.map(({ changetype, ...edit }) => ({ change: changetype, ...edit })),
    }));
    return this.#change('batch', after, (server) => post(server, `${OWN}/changes`, { zones }));
  }

  #update(zone: string, content: Content): Change {
    const edits = this.#edits(zone);
    const updates = edits.flatMap(({ name, type, ttl, records = [] }) => [
      `delete ${name} ${type}`,
      ...records.map((record) => `add ${name} ${ttl} ${type} ${record.content}`),
    ]);
    const message = writeUpdate({ id: this.#made & 0xffff, zone, updates });
    return this.#change('update', [[zone, edited(content, edits)]], (server) =>
      sendUpdate(server, message),
    );
  }

  #edits(zone: string): Edit[] {
    return randomRrsets(this.#random, zone) as Edit[];
  }

  #change(
    what: string,
    after: readonly (readonly [string, Content | undefined])[],
    send: Change['send'],
  ): Change {
    const zones = after.map(([zone]) => zone).join(' and ');
    const replaces = REPLACING.has(what);
    return { what: `${what} ${this.#made} of ${zones}`, after: new Map(after), replaces, send };
  }
}

/** As a zone that is made through the API gets it: YYYYMMDDnn. */
function serialOfToday(): number {
  return Number(`${new Date().toISOString().slice(0, 10).replaceAll('-', '')}00`);
}

function ballastEdits(text: string): Edit[] {
  return Array.from({ length: BALLAST_NAMES }, (_, index) => ({
    name: `n${index}.${BALLAST_ZONE}`,
    type: 'TXT',
    changetype: 'REPLACE',
    ttl: TTL,
    records: ['a', 'b'].map((which) => ({ content: `"${which}${text}"`, disabled: false })),
  }));
}

function apexEdit(zone: string): Edit {
  const records = [{ content: NAMESERVER, disabled: false }];
  return { name: zone, type: 'NS', changetype: 'REPLACE', ttl: TTL, records };
}

/** What a zone holds after the edits. */
function edited(content: Content, edits: readonly Edit[]): Content {
  const next = new Map(content);
  for (const { name, type, ttl, records = [] } of edits) {
    const lines = records.map((record) => `${name} ${ttl} ${type} ${record.content}`);
    if (lines.length > 0) next.set(`${name} ${type}`, lines);
    else next.delete(`${name} ${type}`);
  }
  return next;
}

async function post(server: ServerProcess, path: string, body: unknown): Promise<Outcome> {
  return request(server, 'POST', path, JSON.stringify(body));
}

async function request(
  { place, key }: ServerProcess,
  method: string,
  path: string,
  body?: string,
  type = 'application/json',
): Promise<Outcome> {
  const answer = await fetch(`${place.apiUrl}${path}`, {
    method,
    headers: { 'x-api-key': key, ...(body !== undefined && { 'content-type': type }) },
    ...(body !== undefined && { body }),
  });
  const text = await answer.text();
  if (answer.ok) return 'done';
  if (answer.status >= SERVER_FAILURE) return 'doubtful';
  throw new RefusedChange(`${method} ${path}: ${answer.status} ${text}`);
}

/** The server says that the change is wrong: then the model is, or the server. */
export class RefusedChange extends Error {}

async function sendUpdate(server: ServerProcess, message: Uint8Array): Promise<Outcome> {
  const sender = await UpdateSender.open({ port: server.place.dnsPort, transport: 'tcp' });
  try {
    const ended = server.exited.then(() => Promise.reject(new Error('the server died')));
    const rcode = formatRcode(await Promise.race([sender.send(message), ended]));
    if (rcode === 'NOERROR') return 'done';
    if (rcode === SERVFAIL) return 'doubtful';
    throw new RefusedChange(`an update was answered ${rcode}`);
  } finally {
    sender.close();
  }
}
