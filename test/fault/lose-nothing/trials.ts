/** How often a card repeats what is cheap to repeat; HOLDFAST_FAULT_TRIALS asks for more. */
import { readEnvironmentNumber } from '../../kit/environment-number.ts';

/** Wounds, tears and crashes of one store, each looked at in a copy. */
export const TRIALS = readEnvironmentNumber('HOLDFAST_FAULT_TRIALS', 3);
