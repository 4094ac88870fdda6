/**
 * `<poll>` (RFC 5730 section 2.9.2.3): the oldest message that waits for the registrar, as often as
 * it is asked for, until it is acknowledged by its id. Messages wait in their order; acknowledging
 * another than the oldest is allowed, as clients do that show messages in parallel.
 */
import type { Caller } from '#registry/model/caller.ts';
import type { CommandOutcome, PollCommand } from '#registry/model/command.ts';
import { RESULT, RegistryError } from '#registry/model/result.ts';
import type { CommandContext } from './command-context.ts';

type PollRequest = Extract<PollCommand, { kind: 'poll:req' }>;
type PollAcknowledgement = Extract<PollCommand, { kind: 'poll:ack' }>;

/** Answers 1301 with the message, or 1300 where none waits. */
export async function pollRequest(
  { register }: CommandContext,
  _command: PollRequest,
  caller: Caller,
): Promise<CommandOutcome> {
  const next = await register.nextMessage(caller.registrar);
  if (next === undefined) return { result: RESULT.noMessages, data: { kind: 'poll', count: 0 } };
  const { message, count } = next;
  return { result: RESULT.message, data: { kind: 'poll', count, message } };
}

/**
 * @throws RegistryError 2005 when the id is no number, 2303 when no message of the caller has it
 */
export async function pollAcknowledge(
  { register }: CommandContext,
  { id: text }: PollAcknowledgement,
  caller: Caller,
): Promise<CommandOutcome> {
  const offender = { element: 'msgID', text: text.slice(0, 64) };
  if (!/^[1-9]\d{0,15}$/.test(text) || !Number.isSafeInteger(Number(text))) {
    const why = 'a message id is the number that <msgQ> gave';
    throw new RegistryError(RESULT.parameterSyntax, why, offender);
  }
  const count = await register.acknowledge(caller, caller.registrar, Number(text));
  if (count === undefined) {
    const why = `message ${text} does not wait, or no longer`;
    throw new RegistryError(RESULT.missing, why, offender);
  }
  const next = count === 0 ? undefined : await register.nextMessage(caller.registrar);
  const data = { kind: 'poll', count, nextId: next?.message.id ?? 0 } as const;
  return { result: RESULT.done, data };
}
