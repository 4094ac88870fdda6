/**
 * HTTPS: SVCB for HTTP origins, in the same format (RFC 9460 section 9).
 */
import { defineType } from '../fields/field.ts';
import { name } from '../fields/name-field.ts';
import { u16 } from '../fields/number-fields.ts';
import { svcParams } from '../fields/svc-params.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const https: RdataType = defineType({
  code: TYPE.HTTPS,
  mnemonic: 'HTTPS',
  fields: [u16('a priority'), name('a target'), svcParams],
});
