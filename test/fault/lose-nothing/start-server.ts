/** Starts of the run's servers, over and over on the same ports. */
import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage } from '#base/coded-error.ts';
import { type ServerFolder, ServerProcess } from '../../kit/server-process.ts';

/** What a start says that refuses something by a code; and where that is its store. */
export const REFUSED_START = /^ended with [1-9]\d* before ready: .*\b[A-Z]+_[A-Z_]+/s;
export const REFUSED_STORE =
  /^ended with [1-9]\d* before ready: .*\b(?:STORE|ZONE|ACCESS|REGISTER)_[A-Z_]+/s;

const TRIES_MAX = 40;
const TRY_AGAIN_MS = 250;

/**
 * Rejects with what the server said instead of `ready`. A connection of somebody else may have been
 * given one of its ports while it was down; that is waited for.
 */
export async function startServer(place: ServerFolder): Promise<ServerProcess> {
  for (let left = TRIES_MAX; ; left--) {
    try {
      return await ServerProcess.start(place);
    } catch (error) {
      if (left === 0 || !errorMessage(error).includes('NET_ADDRESS_IN_USE')) throw error;
      await sleep(TRY_AGAIN_MS);
    }
  }
}
