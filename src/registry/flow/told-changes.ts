/**
 * Tells a registrar of what others did to its object (changePoll, RFC 8590): the operator, or the
 * register by itself. An object that goes is shown as it was, any other as it became. A registrar's
 * own commands are not told, but how one ended that had been answered 1001 is (RFC 5731 section
 * 3.3).
 */
import { type Caller, OPERATOR } from '#registry/model/caller.ts';
import type { Domain } from '#registry/model/domain.ts';
import type { ObjectChanged } from '#registry/model/poll.ts';
import type { RegisterDraft } from '#registry/model/register.ts';

const DONE = {
  delete: 'deleted',
  renew: 'renewed',
  update: 'changed',
  restore: 'restored',
} as const satisfies Partial<Record<ObjectChanged['operation'], string>>;

/** What the operator did. */
export function tellSponsor(
  draft: RegisterDraft,
  caller: Caller,
  operation: keyof typeof DONE,
  object: ObjectChanged['object'],
  atMs: number,
): void {
  if (caller.registrar !== OPERATOR) return;
  const { reason } = caller;
  const name = object.type === 'contact' ? object.value.id : object.value.name;
  const why = reason === undefined ? '' : `: ${reason}`;
  const text = `The operator has ${DONE[operation]} ${object.type} ${name}${why}`;
  tellChange(draft, caller, { operation, object, atMs }, text);
}

/** @param text for people */
export function tellChange(
  draft: RegisterDraft,
  { svTrid, registrar: who, reason }: Caller,
  { operation, object, atMs }: Pick<ObjectChanged, 'operation' | 'object' | 'atMs'>,
  text: string,
): void {
  const isGone = operation === 'delete' || operation === 'autoPurge';
  draft.queue(object.value.sponsor, text, {
    kind: 'changed',
    operation,
    state: isGone ? 'before' : 'after',
    atMs,
    svTrid,
    who,
    ...(reason !== undefined && { reason }),
    object,
  });
}

/**
 * How a deletion ended that had been answered 1001.
 * @param text for people
 * @returns false: there is none that somebody waits for
 */
export function tellDeletionEnd(
  draft: RegisterDraft,
  { name, sponsor, deletion }: Domain,
  { succeeded, atMs }: { succeeded: boolean; atMs: number },
  text: string,
): boolean {
  if (deletion === undefined) return false;
  const { clTrid, svTrid } = deletion;
  draft.queue(sponsor, text, {
    kind: 'domain:pending-action',
    name,
    succeeded,
    ...(clTrid !== undefined && { clTrid }),
    svTrid,
    atMs,
  });
  return true;
}
