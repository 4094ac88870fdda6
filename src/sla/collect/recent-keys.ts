/**
 * What was seen lately, so that what comes twice counts once. Two generations: when the newer one
 * is full the older one is forgotten whole, so between `sizeMax` and twice as many are known.
 */
export class RecentKeys {
  readonly #sizeMax: number;
  #newer = new Set<string>();
  #older = new Set<string>();

  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax;
  }

  has(key: string): boolean {
    return this.#newer.has(key) || this.#older.has(key);
  }

  add(key: string): void {
    this.#newer.add(key);
    if (this.#newer.size < this.#sizeMax) return;
    this.#older = this.#newer;
    this.#newer = new Set();
  }
}
