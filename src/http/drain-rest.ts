/**
 * What becomes of a body that nobody wants any more, because the request is answered already. Many
 * clients send all of it before they read a word, and one whose connection is closed meanwhile runs
 * into a reset and never sees why it was refused.
 */
import type { FastifyRequest } from 'fastify';

/** After an early refusal the client may go on sending for so long before it is cut off. */
const DRAIN_MS = 5_000;

/**
 * Lets a client that is still sending come to its end, for a while, before it is cut off: many
 * send all before they read a word. The connection must not be announced as closing, because Node
 * closes such a one with the answer, and what is still sent then resets it.
 */
export function drainRest(request: FastifyRequest): void {
  const { raw } = request;
  if (raw.readableEnded || raw.destroyed) return;
  const cut = setTimeout(() => raw.socket.destroy(), DRAIN_MS).unref();
  for (const event of ['end', 'close']) raw.once(event, () => clearTimeout(cut));
  raw.resume();
}
