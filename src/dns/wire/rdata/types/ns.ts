/**
 * NS: a name server of the zone or of the delegated zone (RFC 1035 section 3.3.11).
 */
import { defineType } from '../fields/field.ts';
import { name } from '../fields/name-field.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const ns: RdataType = defineType({
  code: TYPE.NS,
  mnemonic: 'NS',
  fields: [name('a name server')],
  names: 'compressed',
});
