/**
 * SOA: a zone's start: its primary, its contact, and the numbers that pace its secondaries (RFC
 * 1035 section 3.3.13; the last is the negative TTL, RFC 2308 section 4). The times take units on
 * input.
 */
import { defineType } from '../fields/field.ts';
import { name } from '../fields/name-field.ts';
import { duration, u32 } from '../fields/number-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const soa: RdataType = defineType({
  code: TYPE.SOA,
  mnemonic: 'SOA',
  fields: [
    name('the primary name server'),
    name('a mailbox'),
    u32('a serial'),
    duration('the refresh time'),
    duration('the retry time'),
    duration('the expire time'),
    duration('the negative TTL'),
  ],
  names: 'compressed',
});
