/**
 * DHCID: which DHCP client has the owner name, as a digest in base 64 (RFC 4701 section 3).
 */

import { base64ToEnd } from '../fields/binary-fields.ts';
import { defineType } from '../fields/field.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const dhcid: RdataType = defineType({
  code: TYPE.DHCID,
  mnemonic: 'DHCID',
  fields: [base64ToEnd('an identifier')],
});
