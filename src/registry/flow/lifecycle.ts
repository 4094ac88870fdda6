/**
 * The register's jobs: whatever is due is done, name by name, each under its own locks in a batch
 * of its own, so that a crash in between leaves nothing half done and doing it again does nothing.
 * A name that cannot be moved on is left, is told, and does not hold up the others.
 */

import { formatBase32Hex } from '#base/bytes.ts';
import { errorMessage } from '#base/coded-error.ts';
import { type Caller, REGISTER } from '#registry/model/caller.ts';
import { RESULT, RegistryError } from '#registry/model/result.ts';
import type { CommandContext } from './command-context.ts';
import { approveDueContact } from './contact-transfer.ts';
import { advanceDomain } from './domain-lifecycle.ts';
import { runOnDomain } from './domain-rules.ts';

/** Objects that one call looks at. */
export const DUE_PER_RUN_MAX = 500;
/** Objects at a time, so that jobs leave room for commands. */
const DUE_TOGETHER = 50;

const TRID_OCTETS = 10;

/** An object that could not be moved on. */
export interface StuckObject {
  type: 'domain' | 'contact';
  key: string;
  reason: string;
}

/**
 * Does what is due by `nowMs`, at most DUE_PER_RUN_MAX objects of each kind; call again at once
 * while it did any.
 * @param tellStuck of each object that could not be moved on: for the log
 * @returns how many objects it moved on
 */
export async function runDue(
  context: CommandContext,
  nowMs: number,
  tellStuck: (stuck: StuckObject) => void = () => {},
): Promise<number> {
  const { register } = context;
  const domains = await register.due(nowMs, DUE_PER_RUN_MAX);
  const contacts = await register.dueContacts(nowMs, DUE_PER_RUN_MAX);
  const attempt = async (
    type: StuckObject['type'],
    key: string,
    move: (context: CommandContext, key: string, nowMs: number) => Promise<boolean>,
  ): Promise<boolean> => {
    try {
      return await move(context, key, nowMs);
    } catch (error) {
      tellStuck({ type, key, reason: errorMessage(error) });
      return false;
    }
  };
  const moved =
    (await countMoved(domains, (name) => attempt('domain', name, moveDomain))) +
    (await countMoved(contacts, (id) => attempt('contact', id, moveContact)));
  return moved;
}

async function countMoved(
  keys: readonly string[],
  move: (key: string) => Promise<boolean>,
): Promise<number> {
  let moved = 0;
  for (let from = 0; from < keys.length; from += DUE_TOGETHER) {
    const results = await Promise.all(keys.slice(from, from + DUE_TOGETHER).map(move));
    moved += results.filter(Boolean).length;
  }
  return moved;
}

async function moveDomain(context: CommandContext, name: string, nowMs: number): Promise<boolean> {
  const task = {
    name,
    caller: jobCaller(context, nowMs),
    command: 'domain:lifecycle',
    movesHosts: true,
  };
  try {
    return (await runOnDomain(context, task, (work) => advanceDomain(work, nowMs))) > 0;
  } catch (error) {
    // Somebody else has purged it meanwhile.
    if (error instanceof RegistryError && error.result === RESULT.missing) return false;
    throw error;
  }
}

function moveContact(context: CommandContext, id: string, nowMs: number): Promise<boolean> {
  return approveDueContact(context, id, jobCaller(context, nowMs));
}

/** A transaction of the register's own. */
function jobCaller({ random }: CommandContext, nowMs: number): Caller {
  const svTrid = `JOB-${formatBase32Hex(random.bytes(TRID_OCTETS))}`;
  return { registrar: REGISTER, svTrid, receivedAtMs: nowMs };
}
