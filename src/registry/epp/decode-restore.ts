/** A restore and its report, which extend an update of a domain (RFC 3915 section 4.2.5). */
import type { DomainUpdate, RestoreReport } from '#registry/model/domain-commands.ts';
import { RESULT } from '#registry/model/result.ts';
import { childOf, childrenOf, childToken, refusal, wholeTextOf } from './element-reading.ts';
import type { XmlElement } from './xml-reader.ts';

/** Of `<rgp:update>`. @throws RegistryError 2003 for a report that says nothing, 2306 */
export function decodeRestore(element: XmlElement): NonNullable<DomainUpdate['restore']> {
  const restore = childOf(element, 'restore');
  const report = restore && childOf(restore, 'report');
  if (restore?.attributes.get('op')?.trim() === 'report') {
    if (report !== undefined) return { operation: 'report', report: decodeReport(report) };
    throw refusal(RESULT.missingParameter, 'a report has an <rgp:report>', restore);
  }
  if (report !== undefined) {
    const reason = 'a request has no report: send it as op="report" when it is restored';
    throw refusal(RESULT.policy, reason, { ...report, text: '' });
  }
  return { operation: 'request' };
}

function decodeReport(element: XmlElement): RestoreReport {
  const text = (name: string): string => {
    const child = childOf(element, name);
    return child === undefined ? '' : wholeTextOf(child).trim();
  };
  const other = childOf(element, 'other');
  return {
    preData: text('preData'),
    postData: text('postData'),
    deletedAt: childToken(element, 'delTime'),
    restoredAt: childToken(element, 'resTime'),
    reason: text('resReason'),
    statements: childrenOf(element, 'statement').map((each) => wholeTextOf(each).trim()),
    ...(other !== undefined && { other: text('other') }),
  };
}
