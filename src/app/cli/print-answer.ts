/** The body of an answer on its way to standard output, as text and as it comes. */
import { text } from 'node:stream/consumers';
import { type AdminClient, type AdminRequest, refusal } from './admin-client.ts';
import type { TextWriter } from './cli-context.ts';

/** Asks and prints what a 200 brings. @throws AdminRefusedError for any other status */
export async function printAnswer(
  admin: AdminClient,
  request: AdminRequest,
  stdout: TextWriter,
): Promise<void> {
  const answer = await admin.send(request);
  if (answer.statusCode !== 200) {
    throw refusal(request, answer.statusCode ?? 0, await text(answer));
  }
  await copyText(answer, stdout);
}

/** Waits for a slow reader where the writer is a stream that says so. */
async function copyText(source: AsyncIterable<Buffer>, target: TextWriter): Promise<void> {
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
