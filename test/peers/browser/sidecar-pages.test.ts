// The sidecar's pages as people see them, in a real browser: on a telephone and on a wide screen, in
// light and dark, without scripts, on paper, and held against axe's rules of accessibility.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadConfiguration } from '#app/config/load-configuration.ts';
import type { RunningProcess } from '#app/running-process.ts';
import { startSla } from '#app/sla-process.ts';
import { makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { seededRandom } from '#base/random.ts';
import { openLedger } from '#sla/ledger/ledger.ts';
import { packCycle } from '#sla/measurement/cycle-record.ts';
import { freePort } from '../../kit/free-port.ts';
import { findPeer, peersMissing } from '../../kit/peers.ts';
import { dnsTests, secondsOf, topologyOf } from '../../kit/sla-evidence.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const START = secondsOf('2026-10-31T22:00:00Z');
const REPORT = '/reports/registry-monthly-2026-10-v1.html';
const PAGES = ['/', '/reports', REPORT];

/** A sidecar on the first of November, whose ledger has two hours of October, half an hour down. */
async function startSidecar(): Promise<{ url: string; sidecar: RunningProcess }> {
  const folder = await temporaryFolder(afterAll);
  const url = `127.0.0.1:${await freePort()}`;
  const config = join(folder, 'holdfast.yaml');
  const contracts = '[biz-2013, biz-2013-lab, registry, hosting]';
  await writeFile(
    config,
    `data: ./data
sla: { listen: "${url}", ledger: ./ledger, contracts: ${contracts}, scrape: [] }
`,
  );
  const cell = makeClockCell(Date.parse('2026-10-31T23:59:00Z'));
  const clock = openClock({ kind: 'cell', cell });
  const ledger = await openLedger(join(folder, 'ledger'), clock);
  await ledger.append([
    topologyOf(2, '2026-10-01T00:00:00Z'),
    ...Array.from({ length: 110 }, (_each, at) => {
      const cycle = START + at * 60;
      return packCycle('dns', cycle, dnsTests({ cycle, fails: () => at >= 20 && at < 50 }));
    }),
  ]);
  await ledger.close();
  setClockCell(cell, Date.parse('2026-11-01T00:30:00Z'));
  const configuration = await loadConfiguration(config);
  const sidecar = await startSla(
    { configuration },
    { clock, log: silentLog(), random: seededRandom(1) },
  );
  return { url: `http://${url}`, sidecar };
}

/** True if the page is wider than its window: it would have to be scrolled sideways to be read. */
function isTooWide(page: Page): Promise<boolean> {
  return page.evaluate('document.documentElement.scrollWidth > window.innerWidth');
}

describe.skipIf(peersMissing('chromium'))('in a browser', { timeout: 60_000 }, () => {
  let browser: Browser;
  let sidecar: RunningProcess;
  let url = '';

  beforeAll(async () => {
    ({ url, sidecar } = await startSidecar());
    const made = async (): Promise<void> => {
      const { status } = await fetch(`${url}${REPORT}`);
      if (status !== 200) throw new Error(`no report yet: ${status}`);
    };
    await vi.waitFor(made, { timeout: 20_000, interval: 100 });
    const executablePath = findPeer('chromium') ?? '';
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await sidecar.close();
  });

  /** Shows a page, and what the browser complained of. */
  const show = async (path: string, options: BrowserContextOptions) => {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await page.goto(`${url}${path}`);
    return { page, complaints, close: () => context.close() };
  };

  it.each(
    PAGES.flatMap((path) => [
      { path, width: 360, colorScheme: 'dark' as const },
      { path, width: 1280, colorScheme: 'light' as const },
    ]),
  )(
    '$path is readable $width pixels wide in $colorScheme',
    async ({ path, width, colorScheme }) => {
      const viewport = { width, height: 800 };
      const { page, complaints, close } = await show(path, { viewport, colorScheme });
      expect(await isTooWide(page)).toBe(false);
      const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
      const serious = violations.filter(
        ({ impact }) => impact === 'serious' || impact === 'critical',
      );
      expect(serious.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
      expect(complaints).toEqual([]);
      await close();
    },
  );

  it.each(PAGES)('%s says all without a script', async (path) => {
    const { page, close } = await show(path, { javaScriptEnabled: false });
    expect(await page.locator('script').count()).toBe(0);
    expect(await page.locator('h1').textContent()).toMatch(/\S/);
    expect(await page.locator('main table tbody tr').count()).toBeGreaterThan(0);
    await close();
  });

  it('prints a report on paper, with its figures and its digest', async () => {
    const { page, close } = await show(REPORT, {});
    const pdf = await page.pdf({ format: 'A4' });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    await page.emulateMedia({ media: 'print' });
    const text = (await page.locator('body').textContent()) ?? '';
    expect(text).toContain('dns-availability');
    expect(text).toMatch(/SHA-256 of its JSON [0-9a-f]{64}/);
    await close();
  });
});
