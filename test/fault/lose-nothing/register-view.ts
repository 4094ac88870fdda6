/**
 * Names of the register as they are seen: in the rows that WHOIS servers get, and in the zone of their
 * TLD, which follows the rows within a bound. A name looks like a zone without a serial, whose content
 * is its delegation.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage } from '#base/coded-error.ts';
import type { StoredRegister } from '#registry/db/stored-register.ts';
import { parseReplicaLine } from '#registry/rdds/replica/replica-line.ts';
import type { ServerProcess } from '../../kit/server-process.ts';
import type { Content, ViewedZone, ZoneViews } from './zone-model.ts';

/** Its zone is edited by the register alone. */
export const TLD = 'tld.';
/** All that is ever registered, as owners in the zone. */
export const NAMES: readonly string[] = Array.from({ length: 8 }, (_, index) => `n${index}.${TLD}`);
/** Seconds, of the TLD's delegations. */
export const TTL = 60;

/** From a command's answer until the zone says it. */
const PUBLISHED_MS_MAX = 10_000;
const LOOK_AGAIN_MS = 10;
/** More than a run can leave undone. */
const TASKS_MAX = 1000;

/** The names as WHOIS servers get them: the copy that the register's stream begins with. */
export async function viewNames({ place, key }: ServerProcess): Promise<ZoneViews> {
  const views = new Map<string, ViewedZone>();
  const response = await fetch(`${place.apiUrl}/api/holdfast/v1/registry/changes`, {
    headers: { 'x-api-key': key },
  });
  if (!response.ok || response.body === null) return everyName(`the stream: ${response.status}`);
  let text = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = `${text}${chunk}`.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines.map(parseReplicaLine)) {
      if (line.kind === 'copied') return views;
      if (line.kind === 'rows') noteNames(views, line.rows);
    }
  }
  // It broke off: a row cannot be read.
  return everyName('the rows of the register break off');
}

/** Nobody knows anything of any of them. */
export function everyName(fault: string): ZoneViews {
  return new Map(NAMES.map((name) => [name, { fault }]));
}

/** As `viewNames`, of a register that no server has open. */
export async function readNames(register: StoredRegister): Promise<ZoneViews> {
  const views = new Map<string, ViewedZone>();
  const copy = await register.copy();
  try {
    for await (const rows of copy.rows) noteNames(views, rows);
  } finally {
    await copy.close();
  }
  return views;
}

/** Where the zone of a dead server's TLD says something else, the register still has that to do. */
export async function expectOnlyOpen(
  register: StoredRegister,
  names: ZoneViews,
  content: Content,
): Promise<void> {
  const open = (await register.tasks(0, TASKS_MAX)).flatMap(({ owners }) => owners);
  const settled = (views: ZoneViews): ZoneViews =>
    new Map([...views].filter(([name]) => !open.includes(name.slice(0, -1))));
  const [said, should] = [settled(delegatedNames(content)), settled(names)].map(textOf);
  if (said !== should) throw unpublished(said, should);
}

function noteNames(
  views: Map<string, ViewedZone>,
  rows: readonly { type: string; key: string; value: object | null }[],
): void {
  for (const { type, key, value } of rows) {
    if (type !== 'domain' || value === null) continue;
    const { nameservers } = value as { nameservers: string[] };
    views.set(`${key}.`, { content: delegation(`${key}.`, nameservers) });
  }
}

/** What the TLD's zone says of the names. */
export function delegatedNames(content: Content): ZoneViews {
  const views = new Map<string, ViewedZone>();
  for (const name of NAMES) {
    const lines = content.get(`${name} NS`);
    if (lines === undefined) continue;
    const hosts = lines.map((line) => (line.split(' ').at(-1) ?? '').slice(0, -1)).sort();
    views.set(name, { content: delegation(name, hosts) });
  }
  return views;
}

/**
 * The zone comes to say what the register does; removals that are held are let go.
 * @param look reads the zone
 * @returns why the zone is refused, where it is
 */
export async function expectPublished(
  server: ServerProcess,
  names: ZoneViews,
  look: () => Promise<ViewedZone>,
): Promise<string | undefined> {
  const should = textOf(names);
  const endMs = performance.now() + PUBLISHED_MS_MAX;
  for (;;) {
    let said: string;
    try {
      const seen = await look();
      if ('fault' in seen) return seen.fault;
      said = textOf(delegatedNames(seen.content));
    } catch (error) {
      // Two doors that were asked one after the other; a change came in between.
      said = errorMessage(error);
    }
    if (said === should) return undefined;
    if (performance.now() > endMs) throw unpublished(said, should);
    await releaseRemovals(server);
    await sleep(LOOK_AGAIN_MS);
  }
}

/** Compared as text. */
function textOf(names: ZoneViews): string {
  const lines = [...names.values()].map((view) =>
    'content' in view ? [...view.content.values()].flat().join(' ') : view.fault,
  );
  return lines.sort().join('\n');
}

function unpublished(said: string, should: string): Error {
  return new Error(`the zone of the register says\n${said}\nand the register\n${should}`);
}

/** More removals within ten minutes than the register lets through unasked. */
async function releaseRemovals({ place, key }: ServerProcess): Promise<void> {
  const brake = `${place.apiUrl}/api/holdfast/v1/registry/brakes/${TLD.slice(0, -1)}`;
  await fetch(brake, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify({ order: 'release' }),
  });
}

export function delegation(owner: string, hosts: readonly string[]): Content {
  const lines = hosts.map((host) => `${owner} ${TTL} NS ${host}.`).sort();
  return new Map([[`${owner} NS`, lines]]);
}
