// promtool takes the rules that ship, and its unit tests of every alarm pass.
import { globSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { peersMissing } from '../../kit/peers.ts';
import { printedBy, runProgram } from '../../kit/run-program.ts';

describe.skipIf(peersMissing('promtool'))('promtool', () => {
  it('finds nothing wrong with the rules', async () => {
    const files = globSync('config/prometheus/*.yml').filter(
      (file) => !file.includes('prometheus.yml'),
    );
    const printed = printedBy(
      await runProgram('promtool', ['check', 'rules', '--lint-fatal', ...files]),
    );
    expect(files).toHaveLength(3);
    expect(printed.match(/SUCCESS/g)).toHaveLength(3);
  });

  it.each(['server-alerts', 'slow-alerts', 'contract-alerts'])(
    'passes the tests of %s',
    {
      timeout: 30_000,
    },
    async (name) => {
      const file = `config/prometheus/tests/${name}.test.yml`;
      expect(printedBy(await runProgram('promtool', ['test', 'rules', file]))).toContain('SUCCESS');
    },
  );
});
