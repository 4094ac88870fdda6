// The configurations that ship are without errors, and the default one is as documented.
import { globSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadConfiguration } from '#app/config/load-configuration.ts';
import { formatListenAddress } from '#net/listen-address.ts';

/** What does not depend on where it runs. */
async function shownOf(file: string) {
  const { probe, sla, epp, nameserver, backup } = await loadConfiguration(file);
  const nameservers = Object.keys(probe?.nameservers ?? {});
  return {
    probe: { ...probe, nameservers, epp: null, tokenFile: null },
    tested: { ...probe?.epp, passwordFile: null, tls: null },
    sla: { contracts: sla?.contracts, scrape: sla?.scrape },
    register: { tlds: epp?.tlds, demoRegistrar: epp?.demoRegistrar },
    catalog: nameserver?.catalog,
    locations: backup.locations.map(({ name }) => name),
  };
}

describe('the shipped configuration', () => {
  it.each(globSync('config/*.yaml'))('%s is without errors', async (file) => {
    await expect(loadConfiguration(file)).resolves.toMatchObject({ nameserver: expect.anything() });
  });

  it('listens where the README says', async () => {
    const { nameserver, admin, probe, sla, epp, rdds } =
      await loadConfiguration('config/holdfast.yaml');
    expect(nameserver?.listen.map(formatListenAddress)).toEqual(['127.0.0.1:5300', '[::1]:5300']);
    expect(nameserver?.listen.map(({ optional }) => optional)).toEqual([false, true]);
    const second = await loadConfiguration('config/ns2.yaml');
    expect(second.nameserver?.listen.map(formatListenAddress)).toEqual(['127.0.0.2:5300']);
    expect(second.admin.url).toBe('http://127.0.0.1:8086');
    expect(admin.url).toBe('http://127.0.0.1:8081');
    expect(sla?.scrape).toEqual(
      [8081, 8086, 8084].map((port) => `http://127.0.0.1:${port}/metrics`),
    );
    expect(formatListenAddress(sla?.listen ?? { address: '', port: 0 })).toBe('127.0.0.1:8082');
    expect(probe?.names).toHaveLength(20);
    expect(probe?.zone).toBe('tld.');
    expect(sla?.contracts).toEqual(['biz-2013-lab', 'biz-2013', 'registry', 'hosting']);
    expect(epp).toMatchObject({
      listen: { port: 7000 },
      tlds: ['tld.'],
      demoRegistrar: 'demo-rar',
    });
    expect(rdds?.listen).toMatchObject({ whois: { port: 4343 }, http: { port: 8083 } });
  });

  it('is the same in a container, but for addresses and paths', async () => {
    expect(await shownOf('config/container.yaml')).toEqual(await shownOf('config/holdfast.yaml'));
  });

  it('has a port of its own for the second name server of a container, where its probe asks', async () => {
    const { probe } = await loadConfiguration('config/container.yaml');
    const second = await loadConfiguration('config/container-ns2.yaml');
    expect(second.nameserver?.listen.map(({ port }) => port)).toEqual([5301]);
    const [asked] = probe?.nameservers['ns2.example.com.'] ?? [];
    expect(asked).toMatchObject({ port: 5301 });
  });
});
