/**
 * The refusals about TSIG keys and autoprimaries, one function each, in the phrases of PowerDNS
 * (compare api-error.ts). No message holds a secret.
 */
import { ApiError } from './api-error.ts';
import { withoutFinalDot } from './zone-name.ts';

/** @param name with or without the final dot */
export function tsigKeyMissing(name: string): ApiError {
  const message = `TSIG key with name '${withoutFinalDot(name)}' not found`;
  return new ApiError('API_TSIG_KEY_MISSING', 404, message);
}

export function tsigKeyExists(name: string): ApiError {
  const message = `A TSIG key with the name '${withoutFinalDot(name)}' already exists`;
  return new ApiError('API_TSIG_KEY_EXISTS', 409, message);
}

/** The key stands in the configuration file, where it is changed. */
export function tsigKeyConfigured(name: string): ApiError {
  const message = `TSIG key '${withoutFinalDot(name)}' is of the configuration: change it there`;
  return new ApiError('API_TSIG_KEY_CONFIGURED', 422, message);
}

export function tsigKeyRefused(why: string): ApiError {
  return new ApiError('API_TSIG_KEY_REFUSED', 422, why);
}

export function autoprimaryExists(ip: string, nameserver: string): ApiError {
  const message = `Autoprimary ${ip} with nameserver '${nameserver}' already exists`;
  return new ApiError('API_AUTOPRIMARY_EXISTS', 409, message);
}
