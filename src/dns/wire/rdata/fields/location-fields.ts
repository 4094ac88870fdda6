/**
 * The fields of LOC (RFC 1876 section 2 and 3). An angle is in thousandths of an arc second from
 * the equator or the prime meridian, which are 2^31; the altitude in centimetres from 100,000 m
 * below the reference spheroid; sizes are `mantissa * 10^exponent` centimetres in one octet.
 */
import { readU32 } from '#dns/wire/header.ts';
import { WireError } from '#dns/wire/wire-error.ts';
import type { Tokens } from '../tokens.ts';
import { copyOctets, type Field } from './field.ts';

const ORIGIN = 0x8000_0000;
const MS_PER_DEGREE = 3_600_000;
const ALTITUDE_BASE_CM = 10_000_000;

/**
 * `d [m [s]]` and a hemisphere.
 * @param degreesMax 90 for a latitude, 180 for a longitude
 */
export function angle(what: string, degreesMax: number, positive: string, negative: string): Field {
  const limit = degreesMax * MS_PER_DEGREE;
  return {
    parse(tokens, out) {
      const degrees = tokens.takeNumber(what, degreesMax);
      let ms = degrees * MS_PER_DEGREE;
      let word = tokens.takeText(what);
      for (const unit of [60_000, 1000]) {
        if (!/^[0-9]/.test(word)) break;
        ms += parseSexagesimal(word, unit, tokens, what);
        word = tokens.takeText(`${positive} or ${negative}`);
      }
      const direction = word.toUpperCase();
      if (direction !== positive && direction !== negative) {
        tokens.fail(`expected ${positive} or ${negative}`);
      }
      if (ms > limit) tokens.fail(`${what} is at most ${degreesMax} degrees`);
      out.u32(direction === positive ? ORIGIN + ms : ORIGIN - ms);
    },
    format(rdata, at) {
      const signed = readU32(rdata, at) - ORIGIN;
      const ms = Math.abs(signed);
      const degrees = Math.floor(ms / MS_PER_DEGREE);
      const minutes = Math.floor(ms / 60_000) % 60;
      const seconds = ((ms % 60_000) / 1000).toFixed(3);
      return `${degrees} ${minutes} ${seconds} ${signed < 0 ? negative : positive}`;
    },
    read(message, at, end, out) {
      const next = copyOctets(message, at, 4, end, out, what);
      if (Math.abs(readU32(message, at) - ORIGIN) > limit) {
        throw new WireError('WIRE_RDATA', `LOC: ${what} of over ${degreesMax} degrees`);
      }
      return next;
    },
    size: () => 4,
  };
}

/** Minutes are whole, seconds have up to three decimals; both are below 60. */
function parseSexagesimal(word: string, unitMs: number, tokens: Tokens, what: string): number {
  const pattern = unitMs === 1000 ? /^\d{1,2}(\.\d{0,3})?$/ : /^\d{1,2}$/;
  const value = Number(word);
  if (!pattern.test(word) || value >= 60) tokens.fail(`expected the minutes or seconds of ${what}`);
  return Math.round(value * unitMs);
}

export const altitude: Field = {
  parse(tokens, out) {
    const index = tokens.take('an altitude');
    const match = /^(-?)(\d{1,8})(?:\.(\d{0,2}))?m?$/i.exec(tokens.text(index));
    if (match === null) return tokens.fail('expected an altitude in metres', index);
    const cm = centimetres(match[2], match[3]) * (match[1] === '-' ? -1 : 1) + ALTITUDE_BASE_CM;
    if (cm < 0 || cm > 0xffff_ffff) {
      return tokens.fail('an altitude is from -100000m to 42849672.95m', index);
    }
    return out.u32(cm);
  },
  format(rdata, at) {
    return `${((readU32(rdata, at) - ALTITUDE_BASE_CM) / 100).toFixed(2)}m`;
  },
  read: (message, at, end, out) => copyOctets(message, at, 4, end, out, 'an altitude'),
  size: () => 4,
};

/** @param initial the octet that stands for an omitted one */
export function sphere(what: string, initial: number): Field {
  return {
    parse(tokens, out) {
      if (tokens.atEnd) return out.u8(initial);
      const index = tokens.take(what);
      const match = /^(\d{1,8})(?:\.(\d{0,2}))?m?$/i.exec(tokens.text(index));
      const cm = match === null ? -1 : centimetres(match[1], match[2]);
      if (cm < 0 || cm > 9e9) return tokens.fail(`expected ${what}, up to 90000000m`, index);
      return out.u8(encodeSize(cm));
    },
    format(rdata, at) {
      const exponent = rdata[at] & 0x0f;
      const cm = (rdata[at] >>> 4) * 10 ** exponent;
      return exponent >= 2 ? `${cm / 100}m` : `${(cm / 100).toFixed(2)}m`;
    },
    read(message, at, end, out) {
      const next = copyOctets(message, at, 1, end, out, what);
      const mantissa = message[at] >>> 4;
      const exponent = message[at] & 0x0f;
      if (mantissa > 9 || exponent > 9 || (mantissa === 0 && exponent !== 0)) {
        throw new WireError('WIRE_RDATA', `LOC: ${what} of ${mantissa}e${exponent} cm`);
      }
      return next;
    },
    size: () => 1,
  };
}

/** Only the leading digit is kept, as RFC 1876's own code does. */
function encodeSize(cm: number): number {
  let mantissa = cm;
  let exponent = 0;
  while (mantissa > 9) {
    mantissa = Math.floor(mantissa / 10);
    exponent += 1;
  }
  return (mantissa << 4) | exponent;
}

function centimetres(metres: string, decimals: string | undefined): number {
  return Number(metres) * 100 + Number((decimals ?? '').padEnd(2, '0'));
}
