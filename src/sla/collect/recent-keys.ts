/** What was seen lately, so that what comes twice counts once. The oldest are forgotten first. */
export class RecentKeys {
  readonly #sizeMax: number;
  readonly #keys = new Set<string>();

  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax;
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  add(key: string): void {
    this.#keys.add(key);
    if (this.#keys.size <= this.#sizeMax) return;
    for (const oldest of this.#keys) {
      this.#keys.delete(oldest);
      return;
    }
  }
}
