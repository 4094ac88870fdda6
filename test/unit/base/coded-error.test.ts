// What errors say to people.
import { describe, expect, it } from 'vitest';
import { CodedError, requestReason } from '#base/coded-error.ts';

describe('why a request failed', () => {
  it('is what the socket says, which fetch hides one level down', async () => {
    const failed = await fetch('http://127.0.0.1:1/').catch((error: unknown) => error);
    expect(requestReason(failed)).toBe((failed as Error & { cause: Error }).cause.message);
    expect(requestReason(failed)).not.toBe('fetch failed');
  });

  it('is what a coded error says, and not what brought it', () => {
    const error = new CodedError('KEY_FILE', 'name the key', { cause: new Error('ENOENT') });
    expect(requestReason(error)).toBe('name the key');
  });

  it('is whatever was thrown where that is no error', () => {
    expect(requestReason('stop')).toBe('stop');
  });
});
