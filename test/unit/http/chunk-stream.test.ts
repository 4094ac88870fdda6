import { describe, expect, it } from 'vitest';
import { chunkStream } from '#http/chunk-stream.ts';

async function* pieces(count: number, length: number): AsyncGenerator<string> {
  for (let index = 0; index < count; index++) yield 'x'.repeat(length);
}

async function* failing(): AsyncGenerator<string> {
  yield 'some';
  throw new Error('lost');
}

describe('a stream of chunks', () => {
  it('gathers small pieces to fair chunks and loses none', async () => {
    const sizes: number[] = [];
    for await (const chunk of chunkStream(pieces(1000, 1000), () => undefined)) {
      sizes.push((chunk as Buffer).length);
    }
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(1_000_000);
    expect(sizes.length).toBeLessThan(20);
  });

  it('closes its source once when it was read, when it fails and when it is left unread', async () => {
    for (const [source, leave] of [
      [pieces(1, 1), false],
      [failing(), false],
      [pieces(1, 1), true],
    ] as const) {
      const { promise, resolve } = Promise.withResolvers<void>();
      let closes = 0;
      const stream = chunkStream(source, () => {
        closes += 1;
        resolve();
      });
      stream.on('error', () => undefined);
      if (leave) stream.destroy();
      else stream.resume();
      await promise;
      expect(closes).toBe(1);
    }
  });
});
