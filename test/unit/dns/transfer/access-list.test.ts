import { describe, expect, it } from 'vitest';
import { AccessList, type Asker, checkAccessEntry } from '#dns/transfer/access-list.ts';
import { parseName } from '#dns/wire/name.ts';

const certificate = { fingerprint256: 'AB', names: ['ns2.example'], isAuthorized: true };

function asker(address: string, key?: string): Asker {
  return { peer: { address }, key: key === undefined ? undefined : { name: parseName(key) } };
}

describe('an access list', () => {
  it.each<[string, Asker, boolean]>([
    ['192.0.2.1', asker('192.0.2.1'), true],
    ['192.0.2.1', asker('192.0.2.2'), false],
    ['192.0.2.1', asker('192.0.2.1', 'other.'), true],
    ['192.0.2.0/24', asker('192.0.2.255'), true],
    ['192.0.2.0/24', asker('192.0.3.0'), false],
    ['2001:db8::/32', asker('2001:db8::7'), true],
    ['0.0.0.0/0', asker('2001:db8::7'), false],
    ['key:xfer', asker('203.0.113.9', 'xfer.'), true],
    ['key:XFER.', asker('203.0.113.9', 'xfer.'), true],
    ['key:xfer', asker('203.0.113.9', 'xfer.example.'), false],
    ['key:xfer', asker('203.0.113.9'), false],
    ['key:xfer@192.0.2.0/24', asker('192.0.2.9', 'xfer.'), true],
    ['key:xfer@192.0.2.0/24', asker('192.0.3.9', 'xfer.'), false],
    ['key:xfer@192.0.2.0/24', asker('192.0.2.9'), false],
    ['cert:ns2.example', { peer: { address: '192.0.2.1' }, certificate }, true],
    ['cert:NS2.example.', { peer: { address: '192.0.2.1' }, certificate }, true],
    ['cert:ns3.example', { peer: { address: '192.0.2.1' }, certificate }, false],
    ['cert:ns2.example@192.0.2.1', { peer: { address: '192.0.2.1' }, certificate }, true],
    ['cert:ns2.example@192.0.2.1', { peer: { address: '192.0.2.2' }, certificate }, false],
    [
      'cert:ns2.example',
      { peer: { address: '192.0.2.1' }, certificate: { ...certificate, isAuthorized: false } },
      false,
    ],
    ['cert:ns2.example', asker('192.0.2.1', 'ns2.example.'), false],
  ])('with %s: case %#', (entry, who, isAllowed) => {
    expect(new AccessList([entry]).allows(who)).toBe(isAllowed);
  });

  it('lets nobody in when it is empty', () => {
    const list = new AccessList([]);
    expect(list.isEmpty).toBe(true);
    expect(list.allows(asker('127.0.0.1', 'xfer.'))).toBe(false);
  });

  it('says which entry let somebody in', () => {
    const list = new AccessList(['192.0.2.1', 'key:xfer@127.0.0.0/8']);
    expect(list.match(asker('127.0.0.1', 'xfer.'))).toBe('key:xfer@127.0.0.0/8');
    expect(list.keyNames()).toEqual([parseName('xfer.')]);
  });

  it.each([
    '',
    'nobody',
    '192.0.2.1/24',
    'key:',
    'key:.x',
    'key:xfer@',
    'key:xfer@ns.example',
    'cert:',
    'tls:x',
    'key:a@192.0.2.1@192.0.2.2',
  ])('does not take %j', (text) => {
    expect(() => checkAccessEntry(text)).toThrow(
      expect.objectContaining({ code: 'ACCESS_ENTRY_INVALID' }),
    );
  });
});
