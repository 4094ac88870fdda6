/**
 * A name from its creation to its end, told as its registrars hear it. The answers are compared
 * whole with domain.golden.xml: run vitest with --update=all to write it anew, and read what has changed.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { domainLock } from '#registry/flow/operator/domain-locks.ts';
import { textOf } from '../kit/epp/epp-client.ts';
import {
  DS_XML,
  fee,
  objectCommand,
  REPORT_XML,
  rgp,
  secDns,
  transferCommand,
} from '../kit/epp/epp-frames.ts';
import { peersMissing } from '../kit/peers.ts';
import { Conversation } from './conversation.ts';

const NAME = '<domain:name>example.tld</domain:name>';

function secret(text: string): string {
  return `<domain:authInfo><domain:pw>${text}</domain:pw></domain:authInfo>`;
}

function info(): string {
  return objectCommand('domain', 'info', NAME);
}

describe('the life of a domain', () => {
  let talk: Conversation;

  beforeAll(async () => {
    talk = await Conversation.open(Date.UTC(2026, 3, 3, 22, 0, 0));
  });

  afterAll(() => talk.close());

  it('begins, changes hands, is deleted, restored, deleted again and free', async () => {
    const check = objectCommand(
      'domain',
      'check',
      NAME,
      fee('check', '<fee:command name="create"><fee:period unit="y">2</fee:period></fee:command>'),
    );
    await talk.step('ALPHA', 'asks for the name and its price', check, 1000);
    const host = '<host:name>ns1.example.net</host:name>';
    await talk.step('ALPHA', 'names an external host', objectCommand('host', 'create', host), 1000);
    const servers = '<domain:ns><domain:hostObj>ns1.example.net</domain:hostObj></domain:ns>';
    const create = `${NAME}<domain:period unit="y">2</domain:period>${servers}${secret('first-Secret1')}`;
    const offer = fee('create', '<fee:fee>20.00</fee:fee>');
    const creation = objectCommand('domain', 'create', create, offer);
    await talk.step('ALPHA', 'creates the domain', creation, 1000);
    await talk.step('BETA', 'comes too late', creation, 2302);
    await talk.step('BETA', 'sees what others may see', info(), 1000);

    await talk.passDays(10);
    const ds = secDns(
      'update',
      `<secDNS:add>${DS_XML.replace('49fd46e6c4b45c55d4ac', 'AB'.repeat(32))}</secDNS:add>`,
    );
    await talk.step('ALPHA', 'signs it', objectCommand('domain', 'update', NAME, ds), 1000);
    const locked = `${NAME}<domain:add><domain:status s="clientTransferProhibited">not now</domain:status></domain:add>`;
    await talk.step('ALPHA', 'locks it', objectCommand('domain', 'update', locked), 1000);
    const early = transferCommand('domain', 'request', NAME + secret('first-Secret1'));
    await talk.step('BETA', 'wants it while it is locked', early, 2304);
    const opened =
      `${NAME}<domain:rem><domain:status s="clientTransferProhibited"/></domain:rem>` +
      `<domain:chg>${secret('second-Secret2')}</domain:chg>`;
    await talk.step(
      'ALPHA',
      'unlocks it with a new secret',
      objectCommand('domain', 'update', opened),
      1000,
    );
    const wrong = transferCommand('domain', 'request', NAME + secret('not-the-Secret'));
    await talk.step('BETA', 'does not know the secret', wrong, 2202);
    const request = transferCommand('domain', 'request', NAME + secret('second-Secret2'));
    await talk.step('BETA', 'asks for the transfer', request, 1001);
    await talk.step('BETA', 'asks twice', request, 2300);
    await talk.pollAll('ALPHA');

    await talk.passDays(5);
    await talk.pollAll('BETA');
    await talk.step('BETA', 'has it by the passing of time', info(), 1000);

    await talk.passDays(30);
    const expires = textOf(await talk.say('BETA', 'looks', info()), 'domain:exDate')?.slice(0, 10);
    const renewal = `${NAME}<domain:curExpDate>${expires}</domain:curExpDate><domain:period unit="y">1</domain:period>`;
    await talk.step('BETA', 'renews it', objectCommand('domain', 'renew', renewal), 1000);
    const mistake = objectCommand('domain', 'renew', renewal);
    await talk.step('BETA', 'renews it again by mistake', mistake, 2004);
    await talk.step('BETA', 'deletes it', objectCommand('domain', 'delete', NAME), 1001);
    await talk.step('BETA', 'sees it in redemption', info(), 1000);

    await talk.passDays(10);
    const restore = objectCommand('domain', 'update', NAME, rgp('<rgp:restore op="request"/>'));
    await talk.step('BETA', 'wants it back', restore, 1000);
    const report = objectCommand('domain', 'update', NAME, rgp(REPORT_XML));
    await talk.step('BETA', 'reports why', report, 1000);
    await talk.step('BETA', 'has it back', info(), 1000);

    const { context, runner } = talk.fixture;
    const operator = { ...talk.fixture.operator(), reason: 'an order of the court' };
    const lock = { name: 'example.tld', statuses: ['serverHold'] } as const;
    await domainLock(context, runner, lock, operator);
    await talk.pollAll('BETA');
    await talk.step('BETA', 'deletes it again', objectCommand('domain', 'delete', NAME), 1001);
    await talk.passDays(30);
    await talk.step('BETA', 'sees its last days', info(), 1000);
    await talk.passDays(5);
    await talk.step('BETA', 'sees it no more', info(), 2303);
    await talk.pollAll('BETA');
    await talk.step('ALPHA', 'finds the name free', check, 1000);
    await expect(talk.text).toMatchFileSnapshot('domain.golden.xml');
  });

  it.skipIf(peersMissing('xmllint'))('is told in documents that are valid for xmllint', () => {
    expect(talk.sent.length).toBeGreaterThan(25);
    expect(() => talk.lint()).not.toThrow();
  });
});
