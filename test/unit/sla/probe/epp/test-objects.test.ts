// The objects that tests speak of, made in a register that lacks some of them.
import { describe, expect, it } from 'vitest';
import { seededRandom } from '#base/random.ts';
import { makeTestObjects } from '#sla/probe/epp/test-objects.ts';
import { accountOf, probeCertificates } from '../../../../kit/probe-certificates.ts';
import { type ScriptedEpp, scriptedEpp } from '../../../../kit/scripted-epp.ts';

const own = probeCertificates();

const OBJECTS = {
  domains: ['probe.example', 'update.example'],
  host: 'ns1.host.example',
  contact: 'PROBE-1',
  contactTypes: ['admin', 'tech'],
};

function make(epp: ScriptedEpp): Promise<number> {
  return makeTestObjects(OBJECTS, {
    account: accountOf(own),
    server: epp.server,
    random: seededRandom(1),
    signal: new AbortController().signal,
  });
}

describe('the objects of tests', () => {
  it('are made in the order in which they need each other, but for those that exist', async () => {
    const epp = await scriptedEpp(own.server, own.authority);
    expect(await make(epp)).toBe(3);
    expect(epp.commands).toEqual([
      'login',
      'contact:create PROBE-1',
      'host:create ns1.host.example',
      'domain:create probe.example',
      'domain:create update.example',
      'logout',
    ]);
    expect(epp.domains).toContain('update.example');
  });

  it('are not made twice', async () => {
    const epp = await scriptedEpp(own.server, own.authority);
    for (const name of ['PROBE-1', 'update.example']) epp.domains.add(name);
    // Of the objects the scripted server does not remember hosts.
    expect(await make(epp)).toBe(1);
  });

  it.each(['login-refused', 'command-refused', 'cut'] as const)(
    'say why they were not made by a server that is %s',
    async (behaviour) => {
      const epp = await scriptedEpp(own.server, own.authority);
      epp.behaviour = behaviour;
      await expect(make(epp)).rejects.toMatchObject({ code: 'PROBE_EPP_FAILED' });
    },
  );
});
