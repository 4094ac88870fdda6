/** How many there are of each: connections of a client, sessions of a registrar. */

export class KeyedCounts {
  readonly #counts = new Map<string, number>();
  #total = 0;

  /** Of all keys together. */
  get total(): number {
    return this.#total;
  }

  of(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  /** @returns how many there are with it */
  add(key: string): number {
    const count = this.of(key) + 1;
    this.#counts.set(key, count);
    this.#total += 1;
    return count;
  }

  /** One less; a key that has none left takes no memory. */
  remove(key: string): void {
    const count = this.of(key);
    if (count === 0) return;
    if (count === 1) this.#counts.delete(key);
    else this.#counts.set(key, count - 1);
    this.#total -= 1;
  }
}
