/**
 * `$GENERATE` (a BIND extension, ARM "The $GENERATE directive"): a record written once for a range
 * of numbers. In its templates `$` stands for the number, `${offset,width,radix}` for the number
 * plus offset, padded with zeros to the width, in radix d, o, x, X, or as reversed hexadecimal
 * nibbles with dots, n, N (the width then counts the dots too). `\$` and `$$` are a plain `$`.
 */
import { CodedError } from '#base/coded-error.ts';

/** A range or template that cannot be used: ZONEFILE_GENERATE. */
export class GenerateError extends CodedError {
  constructor(message: string) {
    super('ZONEFILE_GENERATE', message);
  }
}

export interface GenerateRange {
  start: number;
  /** Last number, if the step meets it. */
  stop: number;
  step: number;
}

const NUMBER_MAX = 0x7fff_ffff;
const WIDTH_MAX = 255;

/** Reads `start-stop` or `start-stop/step`. @throws GenerateError */
export function parseGenerateRange(text: string): GenerateRange {
  const match = /^(\d{1,10})-(\d{1,10})(?:\/(\d{1,10}))?$/.exec(text);
  if (match === null) {
    throw new GenerateError(`expected a range like 1-127 or 0-254/2, found '${text}'`);
  }
  const [start, stop, step] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 1)];
  if (start > stop || stop > NUMBER_MAX || step < 1 || step > NUMBER_MAX) {
    throw new GenerateError(
      `range '${text}' must rise, by a step of at least 1, to at most 2^31-1`,
    );
  }
  return { start, stop, step };
}

/** How many numbers a range has. */
export function generateCount(range: GenerateRange): number {
  return Math.floor((range.stop - range.start) / range.step) + 1;
}

interface Placeholder {
  offset: number;
  width: number;
  radix: string;
}

/** Literal text (one character per octet) and placeholders, in order. */
export type GenerateTemplate = readonly (string | Placeholder)[];

/** @param text one character per octet, escapes as in the file @throws GenerateError */
export function parseGenerateTemplate(text: string): GenerateTemplate {
  const parts: (string | Placeholder)[] = [];
  let literal = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '\\') {
      literal += text.slice(at, at + 2);
      at += 1;
    } else if (character !== '$') literal += character;
    else if (text[at + 1] === '$') {
      literal += '\\$';
      at += 1;
    } else {
      const braces = text[at + 1] === '{' ? closedBraces(text, at + 1) : '';
      parts.push(literal, parsePlaceholder(braces));
      literal = '';
      at += braces.length;
    }
  }
  parts.push(literal);
  return parts.filter((part) => part !== '');
}

function closedBraces(text: string, at: number): string {
  const close = text.indexOf('}', at);
  if (close < 0) throw new GenerateError("'${' without a '}' behind it");
  return text.slice(at, close + 1);
}

function parsePlaceholder(braces: string): Placeholder {
  if (braces === '') return { offset: 0, width: 0, radix: 'd' };
  const match = /^\{([+-]?\d{1,10})(?:,(\d{1,5})(?:,([doxXnN]))?)?\}$/.exec(braces);
  if (match === null) {
    throw new GenerateError(
      `expected \${offset,width,radix} with radix d, o, x, X, n or N, found '$${braces}'`,
    );
  }
  const placeholder = {
    offset: Number(match[1]),
    width: Number(match[2] ?? 0),
    radix: match[3] ?? 'd',
  };
  if (placeholder.width > WIDTH_MAX) {
    throw new GenerateError(`width ${placeholder.width} in '$${braces}' is above ${WIDTH_MAX}`);
  }
  return placeholder;
}

/** The text for one number. @throws GenerateError where an offset makes it negative or too large */
export function expandGenerateTemplate(template: GenerateTemplate, number: number): string {
  let text = '';
  for (const part of template) {
    text += typeof part === 'string' ? part : formatPlaceholder(part, number);
  }
  return text;
}

function formatPlaceholder({ offset, width, radix }: Placeholder, number: number): string {
  const value = number + offset;
  if (value < 0 || value > NUMBER_MAX) {
    throw new GenerateError(`number ${number} with offset ${offset} is not in 0 to 2^31-1`);
  }
  switch (radix) {
    case 'd':
      return value.toString(10).padStart(width, '0');
    case 'o':
      return value.toString(8).padStart(width, '0');
    case 'x':
      return value.toString(16).padStart(width, '0');
    case 'X':
      return value.toString(16).toUpperCase().padStart(width, '0');
    case 'n':
      return formatNibbles(value, width);
    default:
      return formatNibbles(value, width).toUpperCase();
  }
}

/** Least significant nibble first; digits and dots go on while value or width is left. */
function formatNibbles(value: number, width: number): string {
  let text = '';
  let rest = value;
  let left = width;
  do {
    text += (rest & 15).toString(16);
    rest = Math.floor(rest / 16);
    left -= 1;
    if (left > 0 || rest !== 0) {
      text += '.';
      left -= 1;
    }
  } while (rest !== 0 || left > 0);
  return text;
}
