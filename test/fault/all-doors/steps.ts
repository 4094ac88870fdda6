/**
 * What the clients of all-doors.test.ts ask for, in words that every door has a way to say, and what
 * a plain model makes of it. The content that they change is TXT records: under each name a set of
 * tokens, each of which is asked for by one request of one client only, and one counter that goes up
 * by one only if it is still what the client read.
 */
import type { Random } from '#base/random.ts';

export const ZONE = 'doors.test.';
/** Changed by batches alone, together with the zone. */
export const TWIN = 'twin.test.';
export const COUNTER = 'count';
/** Few, so that the clients meet. */
export const NAMES = ['a', 'b', 'deep.a', 'long-name.below.the.apex', '*.wild', 'z'];

export type Step =
  | { kind: 'add' | 'remove' | 'replace'; name: string; token: string }
  /** From what the client read to one more; nothing else may come between. */
  | { kind: 'count'; from: number }
  | { kind: 'import'; content: Content };

/** TXT contents by name, relative to the zone; no name without any. */
export type Content = ReadonlyMap<string, ReadonlySet<string>>;

/** One step as it was sent, and how it ended. */
export interface Sent {
  /** As the journal has it: the door's id of the request. */
  id: string;
  step: Step;
  /** It was acknowledged. */
  isDone: boolean;
  /** `undefined`: the door gives none to its clients; UPDATE's is in the log. */
  receipt: string | undefined;
  /** What a batch wrote in the twin zone besides. */
  mark?: string;
}

/** Steps for one client, made of what it was acknowledged so far. */
export class StepMaker {
  readonly #random: Random;
  readonly #client: number;
  readonly #held: { name: string; token: string }[] = [];
  #made = 0;

  constructor(random: Random, client: number) {
    this.#random = random;
    this.#client = client;
  }

  next(): Step {
    const chance = this.#random.below(20);
    if (chance < 4) return { kind: 'count', from: 0 };
    const held = this.#held.at(-1);
    if (chance < 9 && held !== undefined) {
      this.#held.pop();
      return { ...held, kind: 'remove' };
    }
    const name = NAMES[this.#random.below(NAMES.length)];
    return { kind: chance < 11 ? 'replace' : 'add', name, token: this.#makeToken() };
  }

  nextImport(): Step {
    const content = new Map(NAMES.slice(0, 3).map((name) => [name, new Set([this.#makeToken()])]));
    return { kind: 'import', content: content.set(COUNTER, new Set(['0'])) };
  }

  acknowledged(step: Step): void {
    if (step.kind === 'add' || step.kind === 'replace') this.#held.push(step);
  }

  #makeToken(): string {
    this.#made += 1;
    return `t${this.#client}-${this.#made}`;
  }
}

/** The content after a step. @throws when a counter was not what the step says */
export function applyStep(content: Content, step: Step): Content {
  if (step.kind === 'import') return step.content;
  if (step.kind === 'count') {
    const [held] = content.get(COUNTER) ?? [];
    if (held !== String(step.from)) throw new Error(`counted from ${step.from}, at ${held}`);
    return withTokens(content, COUNTER, new Set([String(step.from + 1)]));
  }
  const { kind, name, token } = step;
  const held = content.get(name) ?? new Set();
  if (kind === 'add') return withTokens(content, name, new Set([...held, token]));
  if (kind === 'replace') return withTokens(content, name, new Set([token]));
  return withTokens(content, name, new Set([...held].filter((other) => other !== token)));
}

function withTokens(content: Content, name: string, tokens: ReadonlySet<string>): Content {
  const next = new Map(content).set(name, tokens);
  if (tokens.size === 0) next.delete(name);
  return next;
}
