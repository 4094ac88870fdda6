/** The doors of a name server that all-doors.test.ts knocks at, each with one way to say a step. */
import type { TsigKey } from '#dns/tsig/tsig-key.ts';
import { formatRcode } from '#dns/wire/header.ts';
import type { ServerProcess } from '../../kit/server-process.ts';
import { askUdp } from '../../kit/udp-query.ts';
import { writeUpdate } from '../../kit/update-message.ts';
import { UpdateSender } from '../../kit/update-sender.ts';
import { COUNTER, type Content, type Sent, type Step, TWIN, ZONE } from './steps.ts';

const PATH = `/api/v1/servers/localhost/zones/${ZONE}`;
const OWN = '/api/holdfast/v1';
const JSON_TYPE = { 'content-type': 'application/json' };
const TTL = 60;
/** Ids of messages that a client of UPDATE has for itself, and so of requests in the journal. */
const IDS_PER_CLIENT = 2048;

export interface Door {
  send(step: Step): Promise<Sent>;
  close(): void;
}

/** PATCH of the PowerDNS API; the counter by ETag and If-Match. Also imports. */
export class ApiDoor implements Door {
  readonly #server: ServerProcess;

  constructor(server: ServerProcess) {
    this.#server = server;
  }

  close(): void {
    // Each request has a connection of its own.
  }

  async send(step: Step): Promise<Sent> {
    if (step.kind === 'import') return this.#import(step);
    if (step.kind === 'count') return this.#count();
    const { kind, name, token } = step;
    const changetype = { add: 'EXTEND', remove: 'PRUNE', replace: 'REPLACE' }[kind];
    return this.#patch(step, { name, changetype, token });
  }

  async #count(): Promise<Sent> {
    const query = `?rrset_name=${COUNTER}.${ZONE}&rrset_type=TXT`;
    const answer = await this.#server.api('GET', `${PATH}${query}`);
    const { rrsets } = (await answer.json()) as { rrsets: { records: { content: string }[] }[] };
    const from = Number(JSON.parse(rrsets[0].records[0].content));
    const replacement = { name: COUNTER, changetype: 'REPLACE', token: String(from + 1) };
    const etag = answer.headers.get('etag') ?? '';
    return this.#patch({ kind: 'count', from }, replacement, { 'if-match': etag });
  }

  async #patch(
    step: Step,
    { name, changetype, token }: { name: string; changetype: string; token: string },
    headers: Record<string, string> = {},
  ): Promise<Sent> {
    const records = [{ content: `"${token}"`, disabled: false }];
    const rrset = { name: `${name}.${ZONE}`, type: 'TXT', ttl: TTL, changetype, records };
    const body = JSON.stringify({ rrsets: [rrset] });
    return this.#fetch(step, 'PATCH', PATH, body, { ...headers, ...JSON_TYPE });
  }

  async #import(step: Step & { kind: 'import' }): Promise<Sent> {
    const path = `${OWN}/zones/${ZONE}/import?force=true`;
    const text = masterFile(ZONE, step.content);
    return this.#fetch(step, 'POST', path, text, { 'content-type': 'text/dns' });
  }

  async #fetch(
    step: Step,
    method: string,
    path: string,
    body: string,
    headers: Record<string, string>,
  ): Promise<Sent> {
    const { place, key } = this.#server;
    const answer = await fetch(`${place.apiUrl}${path}`, {
      method,
      headers: { ...headers, 'x-api-key': key },
      body,
    });
    const text = await answer.text();
    // 412: the counter's zone moved on meanwhile.
    if (!answer.ok && answer.status !== 412) throw new Error(`${answer.status} ${text}`);
    const receipt = answer.headers.get('holdfast-receipt') ?? undefined;
    return { id: answer.headers.get('x-request-id') ?? '', step, isDone: answer.ok, receipt };
  }
}

/**
 * Batches of the own API: the step, and a mark of the request in the twin zone, so that both zones
 * change or neither does; the counter by the zone's version. What was done is sent again with the
 * same Idempotency-Key, as by a client that lost the answer.
 */
export class BatchDoor implements Door {
  readonly #server: ServerProcess;
  readonly #client: number;
  #made = 0;

  constructor(server: ServerProcess, client: number) {
    this.#server = server;
    this.#client = client;
  }

  close(): void {
    // Each request has a connection of its own.
  }

  async send(step: Step): Promise<Sent> {
    if (step.kind === 'count') return this.#count();
    if (step.kind === 'import') throw new Error('a batch imports nothing');
    const { kind, name, token } = step;
    const change = { add: 'EXTEND', remove: 'PRUNE', replace: 'REPLACE' }[kind];
    return this.#batch(step, edit(change, `${name}.${ZONE}`, token));
  }

  async #count(): Promise<Sent> {
    const name = `${COUNTER}.${ZONE}`;
    const path = `${OWN}/zones/${ZONE}/rrsets?name=${name}&type=TXT`;
    const answer = await this.#server.api('GET', path);
    const { version, rrsets } = (await answer.json()) as {
      version: number;
      rrsets: { records: { content: string }[] }[];
    };
    const from = Number(JSON.parse(rrsets[0].records[0].content));
    return this.#batch({ kind: 'count', from }, edit('REPLACE', name, String(from + 1)), version);
  }

  async #batch(step: Step, made: unknown, ifVersion?: number): Promise<Sent> {
    this.#made += 1;
    const mark = `m${this.#client}-${this.#made}`;
    const zones = [
      { zone: ZONE, ...(ifVersion !== undefined && { ifVersion }), edits: [made] },
      { zone: TWIN, edits: [edit('EXTEND', `c${this.#client}.${TWIN}`, mark)] },
    ];
    const { status, id, text } = await this.#post(mark, zones);
    // The counter's zone moved on meanwhile.
    if (status === 409) return { id, step, isDone: false, receipt: undefined };
    if (status !== 200) throw new Error(`${status} ${text}`);
    const again = await this.#post(mark, zones);
    if (again.text !== text) throw new Error(`${text} became ${again.text}`);
    const [{ receipt }] = (JSON.parse(text) as { zones: { receipt: string | null }[] }).zones;
    return { id, step, isDone: true, receipt: receipt ?? 'none', mark };
  }

  async #post(key: string, zones: unknown) {
    const { place } = this.#server;
    const answer = await fetch(`${place.apiUrl}${OWN}/changes`, {
      method: 'POST',
      headers: { ...JSON_TYPE, 'x-api-key': this.#server.key, 'idempotency-key': key },
      body: JSON.stringify({ zones }),
    });
    const id = answer.headers.get('x-request-id') ?? '';
    return { status: answer.status, id, text: await answer.text() };
  }
}

function edit(change: string, name: string, token: string) {
  const records = [{ content: `"${token}"` }];
  return { change, name, type: 'TXT', ...(change !== 'PRUNE' && { ttl: TTL }), records };
}

/** A zone with this content. */
export function masterFile(zone: string, content: Content): string {
  const lines = [...content].flatMap(([name, tokens]) =>
    [...tokens].map((token) => `${name} TXT "${token}"`),
  );
  const soa = '@ SOA ns.other.test. host.other.test. 2026112200 7200 900 1209600 300';
  return [`$ORIGIN ${zone}`, `$TTL ${TTL}`, soa, '@ NS ns.other.test.', ...lines, ''].join('\n');
}

/** DNS UPDATE with TSIG; the counter by a prerequisite. */
export class UpdateDoor implements Door {
  readonly #sender: UpdateSender;
  readonly #port: number;
  #id: number;

  private constructor(sender: UpdateSender, port: number, firstId: number) {
    this.#sender = sender;
    this.#port = port;
    this.#id = firstId;
  }

  /** Over UDP every message is sent twice, as by a network that doubles datagrams. */
  static async open(
    port: number,
    transport: 'udp' | 'tcp',
    key: TsigKey,
    client: number,
  ): Promise<UpdateDoor> {
    const sender = await UpdateSender.open({ port, transport, key, copies: 2 });
    return new UpdateDoor(sender, port, client * IDS_PER_CLIENT);
  }

  close(): void {
    this.#sender.close();
  }

  async send(step: Step): Promise<Sent> {
    if (step.kind === 'count') return this.#count();
    if (step.kind === 'import') throw new Error('UPDATE imports nothing');
    const { kind, token } = step;
    const name = `${step.name}.${ZONE}`;
    const add = `add ${name} ${TTL} TXT "${token}"`;
    const updates = {
      add: [add],
      remove: [`delete ${name} TXT "${token}"`],
      replace: [`delete ${name} TXT`, add],
    }[kind];
    return this.#update(step, [], updates);
  }

  async #count(): Promise<Sent> {
    const name = `${COUNTER}.${ZONE}`;
    const { answers = [] } = await askUdp({ port: this.#port, name, type: 'TXT' });
    const from = Number(String(answers[0]?.type === 'TXT' ? answers[0].data : ''));
    const updates = [`delete ${name} TXT`, `add ${name} ${TTL} TXT "${from + 1}"`];
    return this.#update({ kind: 'count', from }, [`yxrrset ${name} TXT "${from}"`], updates);
  }

  async #update(step: Step, prerequisites: string[], updates: string[]): Promise<Sent> {
    this.#id += 1;
    const id = this.#id;
    const rcode = formatRcode(
      await this.#sender.send(writeUpdate({ id, zone: ZONE, prerequisites, updates })),
    );
    // The counter moved on meanwhile.
    const isMissed = step.kind === 'count' && rcode === 'NXRRSET';
    if (rcode !== 'NOERROR' && !isMissed) throw new Error(`an update was answered ${rcode}`);
    return { id: String(id), step, isDone: rcode === 'NOERROR', receipt: undefined };
  }
}
