/**
 * HIP: a host identity: its tag, its public key and the servers where its host is met (RFC 8005
 * section 5). The names of the servers are neither compressed nor folded.
 */

import { defineType } from '../fields/field.ts';
import { hostIdentity } from '../fields/host-identity.ts';
import { namesToEnd } from '../fields/name-field.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const hip: RdataType = defineType({
  code: TYPE.HIP,
  mnemonic: 'HIP',
  fields: [hostIdentity, namesToEnd('a rendezvous server')],
});
