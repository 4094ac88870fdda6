/**
 * Content negotiation (RFC 9110 section 12.5.1): how much a client wants a media type. The most
 * specific range of the Accept field decides; its parameters other than `q` are not looked at.
 */

/** Quality from 0 (not acceptable) to 1; `undefined` when no range of the field covers `type`. */
export function acceptQuality(accept: string | undefined, type: string): number | undefined {
  if (accept === undefined) return undefined;
  const family = `${type.slice(0, type.indexOf('/'))}/*`;
  const patterns = [type, family, '*/*'];
  let best = patterns.length;
  let quality: number | undefined;
  for (const range of accept.split(',')) {
    const [pattern = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const rank = patterns.indexOf(pattern);
    if (rank < 0 || rank >= best) continue;
    best = rank;
    quality = qualityOf(parameters);
  }
  return quality;
}

/** True when the field names `type` itself, or its family, and does not exclude it. */
export function acceptsExplicitly(accept: string | undefined, type: string): boolean {
  if (accept === undefined) return false;
  const specific = accept
    .split(',')
    .filter((range) => !range.trim().startsWith('*/*'))
    .join(',');
  return (acceptQuality(specific, type) ?? 0) > 0;
}

function qualityOf(parameters: readonly string[]): number {
  const q = parameters.find((parameter) => parameter.startsWith('q='));
  if (q === undefined) return 1;
  const value = Number(q.slice(2));
  return value >= 0 && value <= 1 ? value : 0;
}
