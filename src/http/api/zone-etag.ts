/**
 * ETags of zones and the conditions that clients make of them (RFC 9110 sections 8.8.3 and 13.1).
 *
 *     "17"        version 17 of the zone, whatever is shown of it
 *     "17-3kT…"   an answer that shows version 17: digest of what was asked and may be seen
 *
 * The tag of an answer is strong: as long as it stays, so does every octet. A write is made of the
 * version, so its `If-Match` looks at that part only, and takes the tag of any answer. It is judged
 * under the zone's lock, by who keeps the zones (`WriteContext.condition`).
 */
import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { conditionInvalid, versionDiffers } from './api-error.ts';
import type { VersionCondition } from './ports.ts';

/** Characters of the digest: 66 bits, of answers of one version of one zone. */
const DIGEST_LENGTH = 11;

type Conditions = Pick<FastifyRequest['headers'], 'if-match' | 'if-none-match'>;

/** `*`, or the opaque parts of the tags; a weak one has none that is strongly the same. */
type TagList = '*' | readonly { opaque: string; weak: boolean }[];

/** @param shown all that the answer depends on beside the version */
export function zoneEtag(version: number, shown: unknown): string {
  const digest = createHash('sha256').update(JSON.stringify(shown)).digest('base64url');
  return `"${version}-${digest.slice(0, DIGEST_LENGTH)}"`;
}

/**
 * Sets the ETag of an answer that shows a zone. True: the client has that answer already, and 304
 * is all there is to say.
 * @param shown as for `zoneEtag`
 * @throws ApiError API_CONDITION_INVALID, API_PRECONDITION_FAILED: the client wants another version
 */
export function offerEtag(
  request: FastifyRequest,
  reply: FastifyReply,
  zone: { name: string; version: number },
  shown: unknown,
): boolean {
  const { 'if-match': match, 'if-none-match': noneMatch } = request.headers;
  if (match !== undefined && !isMet({ 'if-match': match }, zone.version)) {
    throw versionDiffers(zone.name, zone.version);
  }
  // Whoever is shown a part sees another document under the same path.
  const { actor, scope } = request.principal ?? {};
  const etag = zoneEtag(zone.version, [shown, scope === undefined ? '' : actor]);
  void reply.header('etag', etag).header('cache-control', 'private, no-cache');
  if (noneMatch === undefined) return false;
  const tags = readTags(noneMatch);
  return tags === '*' || tags.some(({ opaque }) => `"${opaque}"` === etag);
}

/**
 * The condition of a write, `undefined` without one.
 * @throws ApiError API_CONDITION_INVALID
 */
export function readCondition(headers: Conditions): VersionCondition | undefined {
  const { 'if-match': match, 'if-none-match': noneMatch } = headers;
  if (match === undefined && noneMatch === undefined) return undefined;
  for (const field of [match, noneMatch]) if (field !== undefined) readTags(field);
  return (version) => isMet(headers, version);
}

/** @param version of the zone; `undefined`: there is none */
function isMet(headers: Conditions, version: number | undefined): boolean {
  const { 'if-match': match, 'if-none-match': noneMatch } = headers;
  if (match !== undefined && !names(readTags(match), version, false)) return false;
  return noneMatch === undefined || !names(readTags(noneMatch), version, true);
}

function names(tags: TagList, version: number | undefined, takesWeak: boolean): boolean {
  if (version === undefined) return false;
  if (tags === '*') return true;
  return tags.some(({ opaque, weak }) => {
    if (weak && !takesWeak) return false;
    return /^(\d{1,15})(?:-|$)/.exec(opaque)?.[1] === String(version);
  });
}

function readTags(field: string): TagList {
  if (field.trim() === '*') return '*';
  if (!/^(?:\s*(?:W\/)?"[\x21\x23-\x7e]*"\s*(?:,|$))+$/.test(field)) throw conditionInvalid(field);
  return [...field.matchAll(/(W\/)?"([^"]*)"/g)].map(([, weak, opaque = '']) => ({
    opaque,
    weak: weak !== undefined,
  }));
}
