/**
 * A first-in first-out queue that says no when it is full. Every wait in the program goes through
 * a bound like this one; who offers decides what a refusal means (drop and count, or push back).
 */
export class BoundedQueue<T> {
  readonly sizeMax: number;
  #items: T[] = [];
  #head = 0;

  constructor(sizeMax: number) {
    this.sizeMax = sizeMax;
  }

  get size(): number {
    return this.#items.length - this.#head;
  }

  /** False, and nothing kept, when the queue is full. */
  offer(item: T): boolean {
    if (this.size >= this.sizeMax) return false;
    this.#items.push(item);
    return true;
  }

  /** The oldest item, or `undefined` when empty. */
  take(): T | undefined {
    if (this.size === 0) return undefined;
    const item = this.#items[this.#head];
    this.#head += 1;
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** Everything at once, oldest first; the queue is empty afterwards. */
  takeAll(): T[] {
    const items = this.#head === 0 ? this.#items : this.#items.slice(this.#head);
    this.#items = [];
    this.#head = 0;
    return items;
  }
}
