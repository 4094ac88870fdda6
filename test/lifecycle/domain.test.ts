/**
 * A name from its creation to its end, told as its registrars hear it. The answers are compared
 * whole with domain.golden.xml: run vitest with --update=all to write it anew, and read what has changed.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { domainLock } from '#registry/flow/operator/domain-locks.ts';
import { commandOf, lintAll, resultOf, textOf } from '../kit/epp/epp-client.ts';
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

const SCHEMA = join(import.meta.dirname, '../../src/registry/epp/schemas/all.xsd');
const NAME = '<domain:name>example.tld</domain:name>';
const POLL = commandOf('<poll op="req"/>', 'POLL-1');

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

  /** Says it and sees the result. */
  async function expectResult(
    result: number,
    registrar: string,
    what: string,
    xml: string,
  ): Promise<string> {
    const answer = await talk.say(registrar, what, xml);
    expect(resultOf(answer), `${registrar} ${what}: ${answer}`).toBe(result);
    return answer;
  }

  async function pollAll(registrar: string): Promise<void> {
    for (;;) {
      const answer = await talk.say(registrar, 'polls', POLL);
      if (resultOf(answer) === 1300) return;
      const id = /<msgQ count="\d+" id="(\d+)"/.exec(answer)?.[1] ?? '';
      await expectResult(
        1000,
        registrar,
        'acknowledges',
        commandOf(`<poll op="ack" msgID="${id}"/>`),
      );
    }
  }

  it('begins, changes hands, is deleted, restored, deleted again and free', async () => {
    const check = objectCommand(
      'domain',
      'check',
      NAME,
      fee('check', '<fee:command name="create"><fee:period unit="y">2</fee:period></fee:command>'),
    );
    await expectResult(1000, 'ALPHA', 'asks for the name and its price', check);
    const host = '<host:name>ns1.example.net</host:name>';
    await expectResult(
      1000,
      'ALPHA',
      'names an external host',
      objectCommand('host', 'create', host),
    );
    const servers = '<domain:ns><domain:hostObj>ns1.example.net</domain:hostObj></domain:ns>';
    const create = `${NAME}<domain:period unit="y">2</domain:period>${servers}${secret('first-Secret1')}`;
    const offer = fee('create', '<fee:fee>20.00</fee:fee>');
    const creation = objectCommand('domain', 'create', create, offer);
    await expectResult(1000, 'ALPHA', 'creates the domain', creation);
    await expectResult(2302, 'BETA', 'comes too late', creation);
    await expectResult(1000, 'BETA', 'sees what others may see', info());

    await talk.passDays(10);
    const ds = secDns(
      'update',
      `<secDNS:add>${DS_XML.replace('49fd46e6c4b45c55d4ac', 'AB'.repeat(32))}</secDNS:add>`,
    );
    await expectResult(1000, 'ALPHA', 'signs it', objectCommand('domain', 'update', NAME, ds));
    const locked = `${NAME}<domain:add><domain:status s="clientTransferProhibited">not now</domain:status></domain:add>`;
    await expectResult(1000, 'ALPHA', 'locks it', objectCommand('domain', 'update', locked));
    const early = transferCommand('domain', 'request', NAME + secret('first-Secret1'));
    await expectResult(2304, 'BETA', 'wants it while it is locked', early);
    const opened =
      `${NAME}<domain:rem><domain:status s="clientTransferProhibited"/></domain:rem>` +
      `<domain:chg>${secret('second-Secret2')}</domain:chg>`;
    await expectResult(
      1000,
      'ALPHA',
      'unlocks it with a new secret',
      objectCommand('domain', 'update', opened),
    );
    const wrong = transferCommand('domain', 'request', NAME + secret('not-the-Secret'));
    await expectResult(2202, 'BETA', 'does not know the secret', wrong);
    const request = transferCommand('domain', 'request', NAME + secret('second-Secret2'));
    await expectResult(1001, 'BETA', 'asks for the transfer', request);
    await expectResult(2300, 'BETA', 'asks twice', request);
    await pollAll('ALPHA');

    await talk.passDays(5);
    await pollAll('BETA');
    await expectResult(1000, 'BETA', 'has it by the passing of time', info());

    await talk.passDays(30);
    const expires = textOf(await talk.say('BETA', 'looks', info()), 'domain:exDate')?.slice(0, 10);
    const renewal = `${NAME}<domain:curExpDate>${expires}</domain:curExpDate><domain:period unit="y">1</domain:period>`;
    await expectResult(1000, 'BETA', 'renews it', objectCommand('domain', 'renew', renewal));
    const mistake = objectCommand('domain', 'renew', renewal);
    await expectResult(2004, 'BETA', 'renews it again by mistake', mistake);
    await expectResult(1001, 'BETA', 'deletes it', objectCommand('domain', 'delete', NAME));
    await expectResult(1000, 'BETA', 'sees it in redemption', info());

    await talk.passDays(10);
    const restore = objectCommand('domain', 'update', NAME, rgp('<rgp:restore op="request"/>'));
    await expectResult(1000, 'BETA', 'wants it back', restore);
    const report = objectCommand('domain', 'update', NAME, rgp(REPORT_XML));
    await expectResult(1000, 'BETA', 'reports why', report);
    await expectResult(1000, 'BETA', 'has it back', info());

    const { context, runner } = talk.fixture;
    const operator = { ...talk.fixture.operator(), reason: 'an order of the court' };
    const lock = { name: 'example.tld', statuses: ['serverHold'] } as const;
    await domainLock(context, runner, lock, operator);
    await pollAll('BETA');
    await expectResult(1001, 'BETA', 'deletes it again', objectCommand('domain', 'delete', NAME));
    await talk.passDays(30);
    await expectResult(1000, 'BETA', 'sees its last days', info());
    await talk.passDays(5);
    await expectResult(2303, 'BETA', 'sees it no more', info());
    await pollAll('BETA');
    await expectResult(1000, 'ALPHA', 'finds the name free', check);
    await expect(talk.text).toMatchFileSnapshot('domain.golden.xml');
  });

  it.skipIf(peersMissing('xmllint'))('is told in documents that are valid for xmllint', () => {
    const folder = mkdtempSync(join(tmpdir(), 'epp-life-'));
    try {
      const files = talk.sent.map((xml, index) => {
        const path = join(folder, `${index}.xml`);
        writeFileSync(path, xml);
        return path;
      });
      expect(files.length).toBeGreaterThan(25);
      expect(() => lintAll(SCHEMA, files)).not.toThrow();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
