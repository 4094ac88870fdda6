/**
 * What a server has acknowledged, beside the server: the content of every zone, and the changes of
 * which nobody knows whether they happened, because the server died or its disk failed before it
 * answered. Such a change has happened whole or not at all, in all of its zones alike; the first
 * look after the next start decides which, and from then on it stays so.
 */

/** By `NAME TYPE` the records of an RRset, each `NAME TTL TYPE DATA`; without the SOA. */
export type Content = ReadonlyMap<string, readonly string[]>;

/** A zone that a server serves, or why it does not. What has no serial has no versions. */
export type ViewedZone = { serial?: number; content: Content } | { fault: string };

export type ZoneViews = ReadonlyMap<string, ViewedZone>;

/** A change as the model sees it: each zone that it touches as it is afterwards; `undefined`: gone. */
export interface ModelChange {
  /** For the message of a failure. */
  readonly what: string;
  readonly after: ReadonlyMap<string, Content | undefined>;
}

/** A model as it was, for `goBackTo` or a model of that moment. */
export type ModelMark = ReadonlyMap<string, Content>;

export interface Settling {
  /** Zones that are refused by name are passed over. */
  readonly mayRefuse?: boolean;
  /** What is seen decides about changes in doubt. Not while the store is read-only. */
  readonly settles?: boolean;
  /** What is seen is a copy that goes no further: its serials are checked and forgotten. */
  readonly isAside?: boolean;
  /** Serials are looked at. Default: true. */
  readonly hasSerials?: boolean;
}

/** Serials so far ahead are behind (RFC 1982). */
export const SERIAL_HALF = 0x8000_0000;

export class ZoneModel {
  readonly #zones: Map<string, Content>;
  readonly #seen = new Map<string, { serial: number; text: string }>();
  #doubtful: ModelChange[] = [];

  /** @param zones as they are at first */
  constructor(zones: ModelMark = new Map()) {
    this.#zones = new Map(zones);
  }

  /** A model of the same, of which these further changes are in doubt. */
  fork(doubtful: readonly ModelChange[]): ZoneModel {
    const other = new ZoneModel(this.#zones);
    for (const [zone, seen] of this.#seen) other.#seen.set(zone, seen);
    other.#doubtful = [...this.#doubtful, ...doubtful];
    return other;
  }

  get names(): string[] {
    return [...this.#zones.keys()];
  }

  content(zone: string): Content | undefined {
    return this.#zones.get(zone);
  }

  /** When the zone was last seen. */
  serialOf(zone: string): number | undefined {
    return this.#seen.get(zone)?.serial;
  }

  /** The server said that it was done. */
  acknowledge(change: ModelChange): void {
    for (const [zone, content] of change.after) this.#set(zone, content);
  }

  /** The server said nothing, or that it does not know. No later change may touch its zones. */
  doubt(change: ModelChange): void {
    this.#doubtful.push(change);
  }

  /** The server has come to know that none of the changes in doubt happened. */
  refuteDoubts(): void {
    this.#doubtful = [];
  }

  get hasDoubt(): boolean {
    return this.#doubtful.length > 0;
  }

  /** Zones of changes in doubt. */
  get doubtfulZones(): string[] {
    return this.#doubtful.flatMap(({ after }) => [...after.keys()]);
  }

  mark(): ModelMark {
    return new Map(this.#zones);
  }

  /** What came after the mark is given up, as by a restore. */
  goBackTo(mark: ModelMark): void {
    for (const zone of this.names) if (!mark.has(zone)) this.#set(zone, undefined);
    for (const [zone, content] of mark) this.#set(zone, content);
    this.#doubtful = [];
  }

  /** How what a server shows differs from what it must show, one line for each zone; none: equal. */
  differences(
    views: ZoneViews,
    { mayRefuse = false, settles = true, isAside = false, hasSerials = true }: Settling = {},
  ): string[] {
    const lines: string[] = [];
    const settled: ModelChange[] = [];
    for (const change of this.#doubtful) {
      const isDone = this.#happened(change, views, lines);
      if (isDone) settled.push(change);
    }
    const doubted = new Map(settled.flatMap(({ after }) => [...after]));
    const all = new Set([...this.#zones.keys(), ...doubted.keys(), ...views.keys()]);
    for (const zone of all) {
      const view = views.get(zone);
      if (mayRefuse && view !== undefined && 'fault' in view) continue;
      const expected = doubted.has(zone) ? doubted.get(zone) : this.#zones.get(zone);
      const line = differenceOf(view, expected);
      if (line !== undefined) lines.push(`${zone}: ${line}`);
      else if (view !== undefined && hasSerials)
        lines.push(...this.#checkSerial(zone, view, isAside));
    }
    if (settles && lines.length === 0) {
      for (const change of settled) this.acknowledge(change);
      this.#doubtful = [];
    }
    return lines;
  }

  /** Whether a change in doubt is there; a line if it is there by halves. */
  #happened({ what, after }: ModelChange, views: ZoneViews, lines: string[]): boolean {
    const answers = new Set<boolean>();
    for (const [zone, content] of after) {
      const view = views.get(zone);
      if (view !== undefined && 'fault' in view) continue;
      const isAsBefore = differenceOf(view, this.#zones.get(zone)) === undefined;
      const isAsAfter = differenceOf(view, content) === undefined;
      // Where both are alike it tells nothing; where neither is, the zone is told of below.
      if (isAsBefore !== isAsAfter) answers.add(isAsAfter);
    }
    if (answers.size > 1) lines.push(`${what}: done in part of its zones`);
    return answers.has(true);
  }

  /** Secondaries must see that something changed (RFC 1982). */
  #checkSerial(zone: string, view: ViewedZone, isAside: boolean): string[] {
    if ('fault' in view || view.serial === undefined) return [];
    const seen = this.#seen.get(zone);
    const text = textOf(view.content);
    if (!isAside) this.#seen.set(zone, { serial: view.serial, text });
    if (seen === undefined) return [];
    const ahead = (view.serial - seen.serial) >>> 0;
    if (ahead === 0 && text === seen.text) return [];
    if (ahead > 0 && ahead < SERIAL_HALF) return [];
    return [`${zone}: serial ${view.serial} after ${seen.serial}`];
  }

  #set(zone: string, content: Content | undefined): void {
    if (content !== undefined) {
      this.#zones.set(zone, content);
      return;
    }
    this.#zones.delete(zone);
    // What comes next under this name is another zone.
    this.#seen.delete(zone);
  }
}

function differenceOf(
  view: ViewedZone | undefined,
  expected: Content | undefined,
): string | undefined {
  if (view === undefined) return expected === undefined ? undefined : 'is missing';
  if ('fault' in view) return `is refused: ${view.fault}`;
  if (expected === undefined) return 'is there and was deleted';
  const [has, should] = [linesOf(view.content), linesOf(expected)];
  const missing = [...should].filter((line) => !has.has(line));
  const extra = [...has].filter((line) => !should.has(line));
  if (missing.length === 0 && extra.length === 0) return undefined;
  return `lacks [${missing.join('; ')}], has [${extra.join('; ')}] too many`;
}

function linesOf(content: Content): Set<string> {
  return new Set([...content.values()].flat());
}

function textOf(content: Content): string {
  return [...linesOf(content)].sort().join('\n');
}
