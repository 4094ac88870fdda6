/** `<status>` of updates, which domains, hosts and contacts have in common. */
import { RESULT } from '#registry/model/result.ts';
import type { SetStatus } from '#registry/model/status.ts';
import { childrenOf, lineOf, refusal } from './element-reading.ts';
import type { XmlElement } from './xml-reader.ts';

/** Follow from the rest, so that nobody sets them (RFC 5731 section 2.3 and others). */
const DERIVED: ReadonlySet<string> = new Set(['ok', 'inactive', 'linked']);

/**
 * @param parent `<add>` or `<rem>`; absent: none
 * @throws RegistryError 2306 for a status that nobody can set
 */
export function decodeStatuses<Status extends string>(
  parent: XmlElement | undefined,
): SetStatus<Status>[] {
  if (parent === undefined) return [];
  return childrenOf(parent, 'status').map((element) => {
    const status = (element.attributes.get('s') ?? '').trim();
    if (DERIVED.has(status)) {
      const reason = `status ${status} follows from the others and is not set`;
      throw refusal(RESULT.policy, reason, { ...element, text: status });
    }
    const language = (element.attributes.get('lang') ?? 'en').trim();
    // The schema has let in the statuses of this kind of object only.
    return { status: status as Status, remark: lineOf(element).trim(), language };
  });
}
