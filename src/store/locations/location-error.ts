/**
 * What a place says that has no system errors of its own: an S3 service, an SFTP server.
 * `LOCATION_MISSING` is a file that is not there, `LOCATION_FULL` a place without room,
 * `LOCATION_REFUSED` a request that was turned down (wrong key, no right), `LOCATION_SILENT` one
 * that nobody answered in time, and `LOCATION_FAILED` anything else. What reads backups puts a
 * `BACKUP_…` code around it.
 */
import { CodedError } from '#base/coded-error.ts';

export class LocationError extends CodedError {}
