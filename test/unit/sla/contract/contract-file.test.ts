/** Contract files: the shipped ones hold, and a wrong one is refused with every error's place. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ContractError, loadContract, parseContract } from '#sla/contract/contract-file.ts';
import { shippedContract } from '../../../kit/sla-evidence.ts';

const TEXT = readFileSync(
  new URL('../../../../config/contracts/biz-2013.yaml', import.meta.url),
  'utf8',
);

function errorsOf(text: string): string[] {
  try {
    parseContract(text, 'c.yaml');
  } catch (error) {
    if (error instanceof ContractError) return error.errors.map(({ message }) => message);
    throw error;
  }
  return [];
}

/** The line (from 1) on which `part` stands. */
function lineOf(text: string, part: string): number {
  return text.slice(0, text.indexOf(part)).split('\n').length;
}

describe('shipped contracts', () => {
  it.each(['biz-2013', 'biz-2013-lab', 'registry', 'hosting'])('%s holds', (id) => {
    expect(shippedContract(id).id).toBe(id);
  });

  it('biz-2013-lab differs from biz-2013 in its probes, transports in turn and label only', () => {
    const lab = JSON.stringify(shippedContract('biz-2013-lab'), withoutLabels);
    expect(lab).toBe(JSON.stringify(shippedContract('biz-2013'), withoutLabels));
    expect(shippedContract('biz-2013-lab').contractual).toBe(false);
  });

  it('the twelve parameters of Appendix 10 are all there', () => {
    const names = shippedContract('biz-2013').parameters.map(({ parameter }) => parameter);
    expect(names.join(' ')).toBe(
      'dns-service-availability dns-nameserver-availability dns-tcp-rtt dns-udp-rtt ' +
        'dns-update-time rdds-availability rdds-rtt rdds-update-time epp-availability ' +
        'epp-session-rtt epp-query-rtt epp-transform-rtt',
    );
  });
});

function withoutLabels(key: string, value: unknown): unknown {
  const differing = ['id', 'title', 'contractual', 'probesMin', 'transportProportion'];
  return differing.includes(key) ? undefined : value;
}

describe('a contract with errors', () => {
  it('is refused with all of them, each at its line and column', () => {
    const text = TEXT.replace('probesMin: 10', 'probesMn: 10').replace(
      'version: 2',
      'version: one',
    );
    const line = lineOf(text, 'probesMn');
    expect(errorsOf(text)).toEqual([
      'c.yaml:6:10: version: write a number',
      expect.stringMatching(
        /^c\.yaml:\d+:\d+: services\.rdds\.probesMin: missing; write a number$/,
      ),
      `c.yaml:${line}:5: services.rdds.probesMn: unknown key`,
    ]);
  });

  it.each([
    ['a class of tests that the service lacks', 'classes: [tcp]', 'classes: [quic]', /quic in dns/],
    ['a parameter twice', 'dns-tcp-rtt', 'dns-udp-rtt', /stands here twice/],
    ['a share beyond one', 'numerator: 95', 'numerator: 101', /beyond denominator/],
    ['another schema', 'schema: 1', 'schema: 2', /^c\.yaml:\d+:\d+: schema: write 1$/],
    ['a list that is empty', 'classes: [tcp]', 'classes: []', /write at least 1 of them$/],
    ['a negative limit', 'limitSeconds: 0', 'limitSeconds: -1', /limitSeconds: write at least 0$/],
    ['a repeated key', 'version: 2', 'version: 2\nversion: 2', /unique/],
    ['an unknown tag', 'version: 2', 'version: !odd 1', /tag/i],
  ])('%s', (_case, from, to, message) => {
    expect(TEXT).toContain(from);
    expect(errorsOf(TEXT.replace(from, to))).toContainEqual(expect.stringMatching(message));
  });

  it('that is not there is said by name', async () => {
    await expect(loadContract('/nowhere/c.yaml')).rejects.toMatchObject({
      code: 'CONTRACT_INVALID',
      message: expect.stringMatching(/^\/nowhere\/c\.yaml: cannot be read/),
    });
  });
});
