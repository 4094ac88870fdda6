// Contents of every type that PowerDNS knows, sent to it and to us: both give them back in the same
// form, on which clients compare what they find with what they want.
import { describe, expect, it, onTestFinished } from 'vitest';
import { startAdmin } from '../../kit/admin/admin-fixture.ts';
import { peersMissing } from '../../kit/peers.ts';
import { POWERDNS_PROGRAM, startPowerDns } from '../../kit/powerdns-peer.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { ZONES } from './requests.ts';

const DIGEST = '0b9fa5a59eed715c26c1020c711b4f6ec42d58b0015e14337a39dad301c5afc3';
const KEY =
  'mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==';

const CONTENTS: Readonly<Record<string, readonly string[]>> = {
  A: ['192.0.2.1'],
  AAAA: ['2001:db8::1', '::', '2001:db8:0:0:1::'],
  AFSDB: ['1 afs.example.'],
  APL: ['1:192.0.2.0/24 !2:2001:db8::/32'],
  CAA: ['0 issue "ca.example; policy=ev"', '128 tbs "x"'],
  CDNSKEY: [`257 3 13 ${KEY}`],
  CDS: [`1 13 2 ${DIGEST}`],
  CERT: ['1 0 0 MTIzNDU2Nzg5MA==', '254 300 8 MTIz', '6 7 253 MTIz'],
  CNAME: ['target.example.'],
  CSYNC: ['66 3 A NS AAAA'],
  DHCID: ['AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA='],
  DNAME: ['target.example.'],
  DS: [`60485 13 2 ${DIGEST}`],
  EUI48: ['00-11-22-33-44-55'],
  EUI64: ['00-11-22-33-44-55-66-77'],
  HINFO: ['"PC-Intel-700mhz" "Redhat \\"Linux\\" 7.1"'],
  HTTPS: [
    '1 . alpn=h2,h3',
    '0 svc.example.',
    '16 foo.example. mandatory=alpn,port alpn=h2 no-default-alpn port=8443',
    '1 . ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=2001:db8::1',
  ],
  KX: ['10 kx.example.'],
  L32: ['10 10.1.2.0'],
  LOC: [
    '51 56 1.456 N 5 54 43.678 E 4.00m 1.00m 10000.00m 10.00m',
    '1 2 3.000 S 4 5 6.000 W -10.50m 0.05m 3.00m 0.50m',
  ],
  LP: ['10 l64.example.'],
  MX: ['25 mx.example.', '0 .'],
  NAPTR: ['100 50 "u" "E2U+sip" "!^.*$!sip:info@example.com!" .'],
  NS: ['ns1.example.'],
  OPENPGPKEY: [KEY],
  PTR: ['host.example.'],
  RP: ['admin.example. txt.example.'],
  SMIMEA: [`0 0 1 ${DIGEST}`],
  SPF: ['"v=spf1 mx -all"'],
  SRV: ['0 10 38 server.example.', '0 0 0 .'],
  SSHFP: ['1 1 123456789abcdef67890123456789abcdef67890'],
  SVCB: ['1 svc.example. alpn=dot port=853'],
  TLSA: [`3 1 1 ${DIGEST}`],
  TXT: [
    '"text"',
    '"a" "b"',
    '"quote \\" and \\\\ back"',
    '"\\195\\164"',
    '""',
    `"${'x'.repeat(255)}" "y"`,
  ],
  TYPE65281: ['\\# 3 0a0b0c'],
  URI: ['10 1 "ftp://ftp.example/public"'],
  ZONEMD: [`2018031900 1 1 ${DIGEST}${DIGEST.slice(0, 32)}`],
};

interface Api {
  call(method: string, path: string, body?: unknown): Promise<Response>;
}

const ZONE = `${ZONES}/one.test.`;

async function givenBack(api: Api, type: string, content: string): Promise<unknown> {
  const name = 'name.one.test.';
  const rrset = { name, type, ttl: 60, changetype: 'REPLACE', records: [{ content }] };
  const response = await api.call('PATCH', ZONE, { rrsets: [rrset] });
  if (response.status !== 204) return response.text();
  const zone = await api.call('GET', `${ZONE}?rrset_name=${name}&rrset_type=${type}`);
  const { rrsets } = (await zone.json()) as { rrsets: { records: { content: string }[] }[] };
  await api.call('PATCH', ZONE, { rrsets: [{ name, type, changetype: 'DELETE' }] });
  return rrsets[0]?.records[0]?.content;
}

describe.skipIf(peersMissing(POWERDNS_PROGRAM))('contents beside PowerDNS', () => {
  it('are given back in the same form', async () => {
    const admin = await startAdmin();
    const peer = await startPowerDns(await temporaryFolder());
    onTestFinished(() => peer.close());
    const differences: unknown[] = [];
    for (const api of [admin, peer])
      await api.call('POST', ZONES, { name: 'one.test.', kind: 'Native' });
    for (const [type, contents] of Object.entries(CONTENTS)) {
      for (const content of contents) {
        const ours = await givenBack(admin, type, content);
        const theirs = await givenBack(peer, type, content);
        if (ours !== theirs) differences.push({ type, content, ours, theirs });
      }
    }
    expect(differences).toEqual([]);
  });
});
