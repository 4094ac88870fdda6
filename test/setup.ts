// Property tests draw from one seed, so that a run can be repeated: HOLDFAST_SEED=n names another.
import * as fc from 'fast-check';
import { readEnvironmentNumber } from './kit/environment-number.ts';

fc.configureGlobal({ seed: readEnvironmentNumber('HOLDFAST_SEED', 20_261_122) });
