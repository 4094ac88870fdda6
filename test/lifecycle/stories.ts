/**
 * What two registrars do with names, hosts and contacts, told in order: each step says who, why in a
 * few words, what is sent and which result must come. Stories are tests' material: one compares the
 * answers with a golden file, another one lets different registrars tell the same story.
 */
import { textOf } from '../kit/epp/epp-client.ts';
import { objectCommand, POSTAL_XML, transferCommand } from '../kit/epp/epp-frames.ts';
import type { Conversation } from './conversation.ts';

const SECRET = 'a-Secret-of-2026';

function named(name: string): string {
  return `<domain:name>${name}</domain:name>`;
}

function secret(text: string): string {
  return `<domain:authInfo><domain:pw>${text}</domain:pw></domain:authInfo>`;
}

function create(name: string, more = ''): string {
  const period = '<domain:period unit="y">1</domain:period>';
  return objectCommand('domain', 'create', named(name) + period + more + secret(SECRET));
}

function info(name: string): string {
  return objectCommand('domain', 'info', named(name));
}

function remove(name: string): string {
  return objectCommand('domain', 'delete', named(name));
}

function update(name: string, changes: string): string {
  return objectCommand('domain', 'update', named(name) + changes);
}

function transfer(operation: string, name: string, more = ''): string {
  return transferCommand('domain', operation, named(name) + more);
}

/** A transfer that is rejected, one that is cancelled, one that is approved. */
export async function tellTransfers(talk: Conversation): Promise<void> {
  const name = 'moving.tld';
  const year = '<domain:period unit="y">1</domain:period>';
  const request = transfer('request', name, year + secret(SECRET));
  await talk.step('ALPHA', 'creates the domain', create(name), 1000);
  await talk.passDays(10);
  await talk.step('BETA', 'asks for nothing that it has', transfer('cancel', name), 2301);
  await talk.step('BETA', 'asks for the domain', request, 1001);
  await talk.step('ALPHA', 'may not change what is on its way', remove(name), 2304);
  await talk.step('BETA', 'cannot approve its own request', transfer('approve', name), 2201);
  await talk.step('ALPHA', 'rejects it', transfer('reject', name), 1000);
  await talk.pollAll('BETA');
  await talk.step('BETA', 'asks again', request, 1001);
  await talk.step('ALPHA', 'cannot cancel it', transfer('cancel', name), 2201);
  await talk.step('BETA', 'cancels it', transfer('cancel', name), 1000);
  await talk.pollAll('ALPHA');
  await talk.step('BETA', 'asks a third time', request, 1001);
  await talk.step('BETA', 'looks how it stands', transfer('query', name), 1000);
  await talk.step('ALPHA', 'approves it', transfer('approve', name), 1000);
  await talk.pollAll('BETA');
  await talk.step('BETA', 'has it, a year longer', info(name), 1000);
  await talk.step('ALPHA', 'cannot delete it any more', remove(name), 2201);
  await talk.step('BETA', 'deletes it within its grace', remove(name), 1001);
  await talk.pollAll('BETA');
}

/** A name that goes within its first days, one that renews itself, one that is put on hold. */
export async function tellPeriods(talk: Conversation): Promise<void> {
  await talk.step('ALPHA', 'creates a domain by mistake', create('mistake.tld'), 1000);
  await talk.passDays(4);
  await talk.step('ALPHA', 'deletes it in its add period', remove('mistake.tld'), 1000);
  await talk.step('ALPHA', 'sees that it is gone', info('mistake.tld'), 2303);

  await talk.step('ALPHA', 'creates another one', create('kept.tld'), 1000);
  const hold = '<domain:status s="clientHold"/>';
  const add = update('kept.tld', `<domain:add>${hold}</domain:add>`);
  await talk.step('ALPHA', 'puts it on hold', add, 1000);
  await talk.step('ALPHA', 'sees the hold', info('kept.tld'), 1000);
  const release = update('kept.tld', `<domain:rem>${hold}</domain:rem>`);
  await talk.step('ALPHA', 'lets it go again', release, 1000);
  await talk.passDays(366);
  await talk.pollAll('ALPHA');
  await talk.step('ALPHA', 'sees that it was renewed', info('kept.tld'), 1000);
  await talk.step('ALPHA', 'does not want that', remove('kept.tld'), 1001);
  await talk.step('ALPHA', 'sees it in redemption', info('kept.tld'), 1000);
  await talk.passDays(36);
  await talk.pollAll('ALPHA');
  const name = named('kept.tld');
  const check = objectCommand('domain', 'check', name);
  await talk.step('BETA', 'finds it free', check, 1000);
}

function contact(verb: string, body: string): string {
  return objectCommand('contact', verb, `<contact:id>JD-1</contact:id>${body}`);
}

function host(verb: string, name: string, more = ''): string {
  return objectCommand('host', verb, `<host:name>${name}</host:name>${more}`);
}

/** A contact with what of it may be shown, and a host that is renamed while it is in use. */
export async function tellObjects(talk: Conversation): Promise<void> {
  const auth = `<contact:authInfo><contact:pw>${SECRET}</contact:pw></contact:authInfo>`;
  const shown =
    '<contact:disclose flag="1"><contact:name type="int"/><contact:email/></contact:disclose>';
  const body = `${POSTAL_XML}<contact:email>jane@example.com</contact:email>${auth}${shown}`;
  await talk.step('ALPHA', 'creates a contact', contact('create', body), 1000);
  await talk.step('ALPHA', 'reads all of it', contact('info', ''), 1000);
  await talk.step('BETA', 'reads less without its secret', contact('info', ''), 1000);
  await talk.step('BETA', 'reads more with it', contact('info', auth), 1000);
  const hidden = '<contact:disclose flag="0"><contact:voice/></contact:disclose>';
  const change = `<contact:chg>${hidden}</contact:chg>`;
  await talk.step('ALPHA', 'shows less of it', contact('update', change), 1000);
  await talk.step('ALPHA', 'reads it again', contact('info', ''), 1000);
  await talk.step('BETA', 'cannot delete it', contact('delete', ''), 2201);
  await talk.step('ALPHA', 'deletes it', contact('delete', ''), 1000);

  const address = '<host:addr ip="v4">192.0.2.53</host:addr>';
  await talk.step('ALPHA', 'creates the domain', create('own.tld'), 1000);
  await talk.step('ALPHA', 'creates its host', host('create', 'ns1.own.tld', address), 1000);
  const servers = '<domain:ns><domain:hostObj>ns1.own.tld</domain:hostObj></domain:ns>';
  const delegate = update('own.tld', `<domain:add>${servers}</domain:add>`);
  await talk.step('ALPHA', 'delegates to it', delegate, 1000);
  const rename = '<host:chg><host:name>ns2.own.tld</host:name></host:chg>';
  await talk.step('ALPHA', 'renames it', host('update', 'ns1.own.tld', rename), 1000);
  const answer = await talk.step('ALPHA', 'sees the new name', info('own.tld'), 1000);
  const renamed = textOf(answer, 'domain:hostObj');
  if (renamed !== 'ns2.own.tld') throw new Error(`delegates to ${renamed}`);
  await talk.step('ALPHA', 'knows the old one no more', host('info', 'ns1.own.tld'), 2303);
  await talk.step('ALPHA', 'cannot delete it in use', host('delete', 'ns2.own.tld'), 2305);
  await talk.step('BETA', 'sees the host', host('info', 'ns2.own.tld'), 1000);
  await talk.pollAll('ALPHA');
}
