/**
 * LOC: where the owner is on earth (RFC 1876). Only version 0 exists; sizes that are left out are
 * 1 m, 10 km and 10 m. The text has the fields of the wire in another order:
 *
 *     | version | size | horiz pre | vert pre | latitude (32) | longitude (32) | altitude (32) |
 *     d [m [s]] N|S  d [m [s]] E|W  altitude [size [horizontal [vertical precision]]]
 */
import { copyOctets, defineType, type Field } from '../fields/field.ts';
import { altitude, angle, sphere } from '../fields/location-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

const RDATA_SIZE = 16;
/** Offset of the latitude: version and the three sizes come before it. */
const PLACE_AT = 4;

const sizes = [
  sphere('a size', 0x12),
  sphere('a horizontal precision', 0x16),
  sphere('a vertical precision', 0x13),
];
const place = [angle('a latitude', 90, 'N', 'S'), angle('a longitude', 180, 'E', 'W'), altitude];

/** The whole RDATA as one field. */
const location: Field = {
  parse(tokens, out) {
    const start = out.size;
    for (const field of place) field.parse(tokens, out);
    out.u8(0);
    for (const field of sizes) field.parse(tokens, out);
    const written = out.buffer.slice(start, out.size);
    out.size = start;
    out.range(written, RDATA_SIZE - PLACE_AT, RDATA_SIZE);
    out.range(written, 0, RDATA_SIZE - PLACE_AT);
  },
  format(rdata, at) {
    const parts = place.map((field, index) => field.format(rdata, at + PLACE_AT + index * 4));
    sizes.forEach((field, index) => parts.push(field.format(rdata, at + 1 + index)));
    return parts.join(' ');
  },
  read(message, at, end, out) {
    let next = copyOctets(message, at, 1, end, out, 'a version');
    for (const field of [...sizes, ...place]) next = field.read(message, next, end, out);
    return next;
  },
  size: () => RDATA_SIZE,
};

export const loc: RdataType = defineType({
  code: TYPE.LOC,
  mnemonic: 'LOC',
  fields: [location],
  check: (rdata) => (rdata[0] === 0 ? undefined : `version ${rdata[0]} is unknown`),
});
