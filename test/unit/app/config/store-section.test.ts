import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '#app/config/load-configuration.ts';
import { configurationErrors } from '../../../kit/configuration-errors.ts';

function read(text: string) {
  return parseConfiguration('/etc/h.yaml', text).store;
}

describe('the section store', () => {
  it('keeps the mirror with the store unless a folder is named, which counts from the file', () => {
    expect(read('data: d')).toMatchObject({ mirror: 'on' });
    expect(read('data: d').mirrorDirectory).toBeUndefined();
    expect(read('store: {mirrorDirectory: m}').mirrorDirectory).toBe('/etc/m');
    expect(read('store: {mirror: "off"}').mirror).toBe('off');
  });

  it('refuses a folder for a mirror that is off', () => {
    expect(configurationErrors('store: {mirror: "off", mirrorDirectory: m}')).toEqual([
      expect.stringMatching(/^h\.yaml:1:\d+: store\.mirrorDirectory: mirror is off/),
    ]);
  });
});
