/**
 * What the right answer is (biz-2013 3.7: the answer must contain what the registry system has):
 * asked of a server that stands for the register, such as the hidden primary. A name server may lag
 * behind it for as long as the contract gives an update, so an answer is right as well if it was
 * right that recently.
 */
import type { Clock } from '#base/clock.ts';
import { contentOf } from './answer-content.ts';
import type { Question } from './dns-message.ts';
import type { RawMessage } from './dnssec/raw-message.ts';

/**
 * `silent`: the reference never answered. `moving`: it changed just now, so that what lay between
 * is not known.
 */
export type Comparison = 'right' | 'wrong' | 'silent' | 'moving';

interface Known {
  /** Of the last look, newest last. */
  contents: { content: string; untilMs: number | undefined }[];
  askedMs: number;
}

export interface ReferenceAnswersParts {
  ask: (question: Question) => Promise<RawMessage | undefined>;
  /** How long an answer stays right after it has changed at the reference. */
  lagMaxMs: number;
  clock: Clock;
}

const FRESH_MS = 10_000;
/** Former answers kept of one question. */
const FORMER_MAX = 100;

export class ReferenceAnswers {
  readonly #parts: ReferenceAnswersParts;
  readonly #known = new Map<string, Known>();

  constructor(parts: ReferenceAnswersParts) {
    this.#parts = parts;
  }

  /** Whether `reply` says what the reference says, or said not too long ago. */
  async compare(question: Question, reply: RawMessage): Promise<Comparison> {
    const { clock } = this.#parts;
    const key = `${question.type} ${question.name}`;
    const content = contentOf(reply);
    const before = this.#known.get(key);
    const isFresh = before !== undefined && clock.nowMs() - before.askedMs < FRESH_MS;
    if (isFresh && this.#holds(before, content)) return 'right';
    const seen = await this.#refresh(key, question);
    const known = this.#known.get(key);
    if (known === undefined) return 'silent';
    if (this.#holds(known, content)) return 'right';
    return seen === 'changed' ? 'moving' : 'wrong';
  }

  #holds({ contents }: Known, content: string | undefined): boolean {
    const oldestMs = this.#parts.clock.nowMs() - this.#parts.lagMaxMs;
    return contents.some(
      (each) => each.content === content && (each.untilMs ?? Infinity) >= oldestMs,
    );
  }

  async #refresh(key: string, question: Question): Promise<'changed' | 'same'> {
    const message = await this.#parts.ask(question);
    const content = message && contentOf(message);
    if (content === undefined) return 'same';
    const nowMs = this.#parts.clock.nowMs();
    const known = this.#known.get(key);
    const last = known?.contents.at(-1);
    if (known === undefined) {
      this.#known.set(key, { contents: [{ content, untilMs: undefined }], askedMs: nowMs });
      return 'same';
    }
    known.askedMs = nowMs;
    if (last?.content === content) return 'same';
    if (last !== undefined) last.untilMs = nowMs;
    known.contents.push({ content, untilMs: undefined });
    known.contents.splice(0, known.contents.length - FORMER_MAX);
    return 'changed';
  }
}
