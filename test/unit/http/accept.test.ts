import { describe, expect, it } from 'vitest';
import { acceptQuality, acceptsExplicitly } from '#http/accept.ts';

describe('the Accept field', () => {
  it('gives the quality of the most specific range', () => {
    const accept = 'text/*;q=0.3, text/plain;q=0.7, */*;q=0.1';
    expect(acceptQuality(accept, 'text/plain')).toBe(0.7);
    expect(acceptQuality(accept, 'text/dns')).toBe(0.3);
    expect(acceptQuality(accept, 'application/json')).toBe(0.1);
  });

  it('covers nothing when it is absent or names other types', () => {
    expect(acceptQuality(undefined, 'text/plain')).toBeUndefined();
    expect(acceptQuality('image/png', 'text/plain')).toBeUndefined();
  });

  it('excludes a type with q=0 and reads a broken q as 0', () => {
    expect(acceptQuality('application/json;q=0', 'application/json')).toBe(0);
    expect(acceptQuality('application/json;q=much', 'application/json')).toBe(0);
  });

  it('does not take a bare wildcard for a wish', () => {
    expect(acceptsExplicitly('*/*', 'application/json')).toBe(false);
    expect(acceptsExplicitly('application/*', 'application/json')).toBe(true);
    expect(acceptsExplicitly('application/json; q=1', 'application/json')).toBe(true);
  });
});
