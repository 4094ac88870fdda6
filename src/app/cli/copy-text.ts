/** The body of an answer on its way to standard output, as text and as it comes. */
import type { TextWriter } from './cli-context.ts';

/** Waits for a slow reader where the writer is a stream that says so. */
export async function copyText(source: AsyncIterable<Buffer>, target: TextWriter): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of source) {
    const isTaken = target.write(decoder.decode(chunk, { stream: true }));
    if (isTaken === false && 'once' in target && typeof target.once === 'function') {
      await new Promise<void>(
        (resolve) => void (target as NodeJS.WriteStream).once('drain', resolve),
      );
    }
  }
}
