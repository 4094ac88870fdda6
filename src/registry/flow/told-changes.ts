/**
 * Tells a registrar of what the operator did to its object (changePoll, RFC 8590). A deleted object
 * is shown as it was, any other as it became. A registrar's own commands are not told.
 */
import { type Caller, OPERATOR } from '#registry/model/caller.ts';
import type { ObjectChanged } from '#registry/model/poll.ts';
import type { RegisterDraft } from '#registry/model/register.ts';

const DONE: Readonly<Record<ObjectChanged['operation'], string>> = {
  create: 'created',
  delete: 'deleted',
  renew: 'renewed',
  transfer: 'transferred',
  update: 'changed',
  restore: 'restored',
  autoRenew: 'renewed at its expiry',
  autoDelete: 'deleted at its expiry',
  autoPurge: 'purged',
};

export function tellSponsor(
  draft: RegisterDraft,
  caller: Caller,
  operation: ObjectChanged['operation'],
  object: ObjectChanged['object'],
  atMs: number,
): void {
  if (caller.registrar !== OPERATOR) return;
  const { reason } = caller;
  const name = object.type === 'contact' ? object.value.id : object.value.name;
  const why = reason === undefined ? '' : `: ${reason}`;
  const text = `The operator has ${DONE[operation]} ${object.type} ${name}${why}`;
  draft.queue(object.value.sponsor, text, {
    kind: 'changed',
    operation,
    state: operation === 'delete' ? 'before' : 'after',
    atMs,
    svTrid: caller.svTrid,
    who: caller.registrar,
    ...(reason !== undefined && { reason }),
    object,
  });
}
