/** A zone's name as the command line takes it, and the paths of its resources. */
import { errorMessage, UsageError } from '#base/coded-error.ts';
import { formatName, lowerName, parseName, ROOT } from '#dns/wire/name.ts';

/** Canonical form with the final dot, which people may leave out. @throws UsageError */
export function readZoneName(text: string): string {
  try {
    return formatName(lowerName(parseName(text, ROOT)));
  } catch (error) {
    throw new UsageError(`zone name ${text}: ${errorMessage(error)}`);
  }
}

/** A whole number, as versions and counts are written. @throws UsageError */
export function readWholeNumber(what: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new UsageError(`${what} ${text}: write a whole number`);
}

/** The zone in the PowerDNS compatible part of the API. */
export function powerdnsZonePath(zone: string): string {
  return `/api/v1/servers/localhost/zones/${encodeURIComponent(zone)}`;
}

/** The zone among our own resources. */
export function ownZonePath(zone: string): string {
  return `/api/holdfast/v1/zones/${encodeURIComponent(zone)}`;
}
