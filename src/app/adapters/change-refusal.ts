/** What the zone database refused, in the words and status codes of the admin API. */
import { ImageError } from '#dns/image/image-error.ts';
import { ChangeError } from '#dns/zonedb/change.ts';
import {
  ApiError,
  versionDiffers,
  writeFailed,
  zoneExists,
  zoneMissing,
  zoneSigned,
} from '#http/api/api-error.ts';
import { StoreError } from '#store/store-error.ts';

/** @param zone the zone's canonical name, for the message */
export function refusalOf(zone: string, error: unknown): unknown {
  if (error instanceof ApiError) return error;
  if (error instanceof ChangeError) {
    switch (error.code) {
      case 'ZONE_MISSING':
        return zoneMissing(zone);
      case 'ZONE_EXISTS':
        return zoneExists(zone);
      case 'PRECONDITION_FAILED':
        return versionDiffers(zone, error.detail.version);
      case 'HISTORY_GONE':
        return new ApiError(error.code, 410, error.message);
      case 'CHANGE_SIGNED':
        return zoneSigned(zone);
      case 'CHANGE_BUSY':
        return new ApiError('API_BUSY', 503, error.message, { headers: { 'retry-after': '1' } });
      case 'ZONE_DAMAGED':
        return writeFailed(error.message, { cause: error });
      default:
        return new ApiError(error.code, 422, error.message);
    }
  }
  if (error instanceof StoreError) return writeFailed(error.message, { cause: error });
  if (error instanceof ImageError) {
    return error.code === 'IMAGE_FULL'
      ? writeFailed(error.message, { cause: error })
      : new ApiError(error.code, 422, error.message);
  }
  return error;
}

/** Runs a write and gives its refusal in the API's words. */
export async function refusing<T>(zone: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    throw refusalOf(zone, error);
  }
}
