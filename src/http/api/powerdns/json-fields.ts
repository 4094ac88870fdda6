/**
 * Fields of JSON documents that strangers wrote, read as PowerDNS reads them: `null` is absent,
 * unknown keys are ignored, integers may come as strings, and what is missing is named in the words
 * that clients know. Nothing here throws but refusals with status 422.
 */
import { type ApiError, invalidRequest } from '../api-error.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Anything that is not an object counts as one without keys, so the first wanted key is missed. */
export function asObject(value: unknown): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  return value as JsonObject;
}

/** The value of a key; `null` is absent. No key that is asked for is one of every object's. */
function findField(document: JsonObject, key: string): unknown {
  return document[key] ?? undefined;
}

export function findString(document: JsonObject, key: string): string | undefined {
  const value = findField(document, key);
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw notString(key);
  return value;
}

export function getString(document: JsonObject, key: string): string {
  const value = findString(document, key);
  if (value === undefined) throw notString(key);
  return value;
}

function notString(key: string): ApiError {
  return invalidRequest(`Key '${key}' not present or not a String`);
}

export function findBoolean(document: JsonObject, key: string): boolean | undefined {
  const value = findField(document, key);
  if (value === undefined || typeof value === 'boolean') return value;
  throw invalidRequest(`Key '${key}' not present or not a Bool`);
}

/** A whole number from 0 to `max`, also as a string of digits. */
export function findCount(document: JsonObject, key: string, max: number): number | undefined {
  const value = findField(document, key);
  if (value === undefined) return undefined;
  const isNumeral = typeof value === 'string' && /^[+-]?\d+$/.test(value);
  const number = isNumeral ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number)) {
    throw invalidRequest(`Key '${key}' not an Integer or not present`);
  }
  if (number < 0 || number > max) {
    throw invalidRequest(`Key '${key}' is not a positive Integer, or out of range (max ${max})`);
  }
  return number;
}

/** The array, or `undefined` for anything else (which PowerDNS takes as not given). */
export function findArray(document: JsonObject, key: string): readonly unknown[] | undefined {
  const value = findField(document, key);
  return Array.isArray(value) ? value : undefined;
}

/** An array of strings, `undefined` when absent; all else is refused in `complaint`'s words. */
export function findStrings(
  document: JsonObject,
  key: string,
  complaint: string,
): string[] | undefined {
  const value = findField(document, key);
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || !value.every((element) => typeof element === 'string')) {
    throw invalidRequest(complaint);
  }
  return [...value];
}
