/**
 * Which RRset of a change name servers are asked for, beside the SOA, before the change counts as
 * served there; and whether their answers can be held against it, which our own answer from the
 * image tells: it is the RRset and nothing else, or nothing where the RRset is gone.
 */

import { type ChangedRrset, isPlainAnswer } from '#dns/transfer/changed-rrset.ts';
import type { ImageAnswers, TransferRequest } from '#dns/transfer/request-router.ts';
import { plainQuery } from '#dns/transfer/soa-exchange.ts';
import { UDP_SIZE_PLAIN } from '#dns/wire/header.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import type { RrsetEdit } from '#dns/zonedb/change.ts';
import { servedRrset } from '#dns/zonedb/served-rrset.ts';
import { sameServed } from '#dns/zonedb/stored-rrset.ts';

/** The SOA is asked for anyway; the others are not what a question for their type is about. */
const UNASKED_TYPES: ReadonlySet<number> = new Set([TYPE.SOA, TYPE.RRSIG, TYPE.NSEC, TYPE.NSEC3]);

const FROM_HERE: Pick<TransferRequest, 'peer' | 'transport'> = {
  peer: { address: '127.0.0.1', family: 4, port: 0 },
  transport: 'udp',
};

/** The first that clients are given, else the first that they are not given any more. */
export function pickChanged(edits: readonly RrsetEdit[]): ChangedRrset | undefined {
  let removed: ChangedRrset | undefined;
  for (const { owner, type, before, after } of edits) {
    if (UNASKED_TYPES.has(type) || sameServed(before, after)) continue;
    const served = servedRrset(owner, after);
    if (served !== undefined) return { owner, type, served };
    removed ??= { owner, type, served };
  }
  return removed;
}

/** @param answers of the image, which has the version that changed it */
export function isAnsweredPlainly(
  changed: ChangedRrset,
  answers: Pick<ImageAnswers, 'answer'>,
): boolean {
  const query = plainQuery(0, changed.owner, changed.type);
  const answer = answers.answer(query, FROM_HERE, UDP_SIZE_PLAIN);
  return answer !== undefined && isPlainAnswer(answer, changed);
}
