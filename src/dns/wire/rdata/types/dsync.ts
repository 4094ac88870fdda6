/**
 * DSYNC: where a child's changes of CDS or CSYNC are to be announced (RFC 9859 section 2.1). The
 * target is neither compressed nor folded.
 */

import { rrtype } from '../fields/dnssec-fields.ts';
import { defineType } from '../fields/field.ts';
import { name } from '../fields/name-field.ts';
import { namedU8, namesByNumber } from '../fields/named-numbers.ts';
import { u16 } from '../fields/number-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

/** IANA "DSYNC: Location of Synchronization Endpoints". */
const SCHEMES: ReadonlyMap<string, number> = new Map([['NOTIFY', 1]]);

export const dsync: RdataType = defineType({
  code: TYPE.DSYNC,
  mnemonic: 'DSYNC',
  fields: [
    rrtype('a record type'),
    namedU8('a scheme', SCHEMES, namesByNumber(SCHEMES)),
    u16('a port'),
    name('a target'),
  ],
});
