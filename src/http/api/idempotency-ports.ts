/** What the admin API needs so that a request that is sent twice is done once. */

/** An answer that is told again. */
export interface KeptAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  /** Absent when it is too long to be kept. */
  body?: string;
}

export type IdempotencyClaim =
  /** Go on, then `finish` or `abandon` it. */
  | { kind: 'new'; id: string }
  /** It was done: say the same again. */
  | { kind: 'repeat'; answer: KeptAnswer }
  /** It was done, and a crash took the answer. */
  | { kind: 'made'; receipts: readonly string[] }
  /** The key stands for another request. */
  | { kind: 'different' }
  /** The first one is still under way. */
  | { kind: 'running' };

export interface IdempotencyPort {
  /**
   * On disk before anything is done. Raises `tooManyKeys`.
   * @param actor whose key it is
   * @param request `content`: all that makes two requests the same; `id`: of this one
   */
  claim(
    actor: string,
    key: string,
    request: { content: string; id: string },
  ): Promise<IdempotencyClaim>;
  /** What came of it, on disk when it resolves. */
  finish(id: string, answer: KeptAnswer): Promise<void>;
  /** Nothing was changed: the key is free again. */
  abandon(id: string): Promise<void>;
}
