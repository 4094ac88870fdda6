/** JSON text with the keys of every object in alphabetical order. */

/**
 * Like `JSON.stringify`, sorted. Some clients of the PowerDNS API take answers apart with regular
 * expressions that lean on that order (`name` before `records`, `comments` before both).
 */
export function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_key, held: unknown) => {
    if (typeof held !== 'object' || held === null || Array.isArray(held)) return held;
    return Object.fromEntries(
      Object.entries(held).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
    );
  });
}
