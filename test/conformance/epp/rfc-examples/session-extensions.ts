/**
 * Examples of the extensions of sessions and messages: login security (RFC 8807), changes by others
 * (RFC 8590), planned work (RFC 9167) and what a client did not choose (RFC 9038).
 */
import {
  type CommandExample,
  clientSays,
  DOMAIN,
  epp,
  type ResponseExample,
  serverSays,
} from './example.ts';

const NAME = '<domain:name>example.com</domain:name>';
const RGP = 'xmlns:rgp="urn:ietf:params:xml:ns:rgp-1.0"';
const LOGIN_SEC = 'xmlns:loginSec="urn:ietf:params:xml:ns:epp:loginSec-1.0"';
const CHANGE_POLL = 'xmlns:changePoll="urn:ietf:params:xml:ns:changePoll-1.0"';
const MAINT = 'xmlns:maint="urn:ietf:params:xml:ns:epp:maintenance-1.0"';

const LOGIN = `<login>
    <clID>ClientX</clID><pw>[LOGIN-SECURITY]</pw><newPW>[LOGIN-SECURITY]</newPW>
    <options><version>1.0</version><lang>en</lang></options>
    <svcs>
      <objURI>urn:ietf:params:xml:ns:obj1</objURI>
      <svcExtension><extURI>urn:ietf:params:xml:ns:epp:loginSec-1.0</extURI></svcExtension>
    </svcs>
  </login>`;

export const COMMANDS: readonly CommandExample[] = [
  {
    // Its object is made up.
    where: 'RFC 8807 4.1 login with a long password',
    xml: clientSays(
      LOGIN,
      `<loginSec:loginSec ${LOGIN_SEC}>
        <loginSec:userAgent>
          <loginSec:app>EPP SDK 1.0.0</loginSec:app>
          <loginSec:tech>Vendor Java 11.0.6</loginSec:tech>
          <loginSec:os>x86_64 Mac OS X 10.15.2</loginSec:os>
        </loginSec:userAgent>
        <loginSec:pw>this is a long password</loginSec:pw>
        <loginSec:newPW>new password that is still long</loginSec:newPW>
      </loginSec:loginSec>`,
    ),
    becomes: 2307,
  },
  {
    where: 'RFC 9167 4.1.1.1 info of planned work',
    xml: clientSays(`<info><maint:info ${MAINT}>
      <maint:id>2e6df9b0-4092-4491-bcc8-9fb2166dcee6</maint:id>
    </maint:info></info>`),
    becomes: 2101,
  },
  {
    where: 'RFC 9167 4.1.1.2 list of planned work',
    xml: clientSays(`<info><maint:info ${MAINT}><maint:list/></maint:info></info>`),
    becomes: 2101,
  },
];

const ITEM_HEAD = '<maint:id>2e6df9b0-4092-4491-bcc8-9fb2166dcee6</maint:id>';
const ITEM_SYSTEM = `<maint:systems>
    <maint:system>
      <maint:name>EPP</maint:name>
      <maint:host>epp.registry.example</maint:host>
      <maint:impact>full</maint:impact>
    </maint:system>
  </maint:systems>
  <maint:environment type="production"/>
  <maint:start>2021-12-30T06:00:00Z</maint:start>
  <maint:end>2021-12-30T07:00:00Z</maint:end>
  <maint:reason>planned</maint:reason>`;
const ITEM_TLDS = `<maint:tlds>
    <maint:tld>example</maint:tld><maint:tld>test</maint:tld>
  </maint:tlds>`;
const CREATED = '<maint:crDate>2021-11-08T22:10:00Z</maint:crDate>';
const NO_INTERVENTION = `<maint:intervention>
    <maint:connection>false</maint:connection>
    <maint:implementation>false</maint:implementation>
  </maint:intervention>`;

const MAINTENANCE_RESPONSES: readonly ResponseExample[] = [
  {
    where: 'RFC 9167 4.1.1.1 planned work, with all that can be told of it',
    xml: serverSays({
      data: `<maint:infData ${MAINT}>
        <maint:item>
          <maint:id name="New disks" lang="en">2e6df9b0-4092-4491-bcc8-9fb2166dcee6</maint:id>
          <maint:type lang="en">Routine Maintenance</maint:type>
          ${ITEM_SYSTEM}
          <maint:detail>https://www.registry.example/notice?123</maint:detail>
          <maint:description lang="en">free-text</maint:description>
          <maint:description lang="de">Freitext</maint:description>
          ${ITEM_TLDS}${NO_INTERVENTION}${CREATED}
        </maint:item>
      </maint:infData>`,
    }),
  },
  {
    where: 'RFC 9167 4.1.1.2 list of planned work',
    xml: serverSays({
      data: `<maint:infData ${MAINT}>
        <maint:list>
          <maint:listItem>
            ${ITEM_HEAD}
            <maint:start>2021-12-30T06:00:00Z</maint:start>
            <maint:end>2021-12-30T07:00:00Z</maint:end>
            ${CREATED}
          </maint:listItem>
        </maint:list>
      </maint:infData>`,
    }),
  },
  {
    // As in the RFC, with a description in place of the two elements that we do not send.
    where: 'RFC 9167 4.1.2 planned work in a poll message',
    xml: serverSays({
      code: 1301,
      queue: `<msgQ count="1" id="12345">
        <qDate>2021-11-08T22:10:00Z</qDate><msg>Registry Maintenance Notification</msg>
      </msgQ>`,
      data: `<maint:infData ${MAINT}>
        <maint:item>
          ${ITEM_HEAD}
          <maint:pollType>create</maint:pollType>
          ${ITEM_SYSTEM}
          <maint:description>free-text</maint:description>
          ${ITEM_TLDS}${CREATED}
        </maint:item>
      </maint:infData>`,
    }),
    tells: {
      result: 1301,
      data: {
        kind: 'poll',
        count: 1,
        message: {
          id: 12_345,
          registrar: 'ClientX',
          queuedAtMs: Date.UTC(2021, 10, 8, 22, 10),
          text: 'Registry Maintenance Notification',
          data: {
            kind: 'maintenance',
            id: '2e6df9b0-4092-4491-bcc8-9fb2166dcee6',
            operation: 'create',
            systems: [{ name: 'EPP', host: 'epp.registry.example', impact: 'full' }],
            environment: 'production',
            fromMs: Date.UTC(2021, 11, 30, 6),
            toMs: Date.UTC(2021, 11, 30, 7),
            reason: 'planned',
            description: 'free-text',
            tlds: ['example', 'test'],
            createdAtMs: Date.UTC(2021, 10, 8, 22, 10),
          },
        },
      },
    },
  },
];

export const RESPONSES: readonly ResponseExample[] = [
  ...MAINTENANCE_RESPONSES,
  {
    where: 'RFC 8807 4.1 login with security events',
    xml: serverSays({
      extension: `<loginSec:loginSecData ${LOGIN_SEC}>
        <loginSec:event type="password" level="warning" exDate="2020-03-25T22:00:00.0Z" lang="en">
          Password expiration soon
        </loginSec:event>
        <loginSec:event type="cipher" level="warning" value="TLS_RSA_WITH_AES_128_CBC_SHA"/>
        <loginSec:event type="stat" name="failedLogins" level="warning" value="100" duration="P1D">
          Excessive invalid daily logins
        </loginSec:event>
        <loginSec:event type="custom" name="myCustomEvent" level="error"/>
      </loginSec:loginSecData>`,
    }),
  },
  {
    where: 'RFC 8590 3.1.2 a lock by the URS, and a synchronisation',
    xml: serverSays({
      code: 1301,
      queue: '<msgQ count="1" id="202"><msg>Registry initiated update of domain.</msg></msgQ>',
      extension: `<changePoll:changeData ${CHANGE_POLL} state="before">
          <changePoll:operation>update</changePoll:operation>
          <changePoll:date>2013-10-22T14:25:57.0Z</changePoll:date>
          <changePoll:svTRID>12345-XYZ</changePoll:svTRID>
          <changePoll:who>URS Admin</changePoll:who>
          <changePoll:caseId type="urs">urs123</changePoll:caseId>
          <changePoll:reason>URS Lock</changePoll:reason>
        </changePoll:changeData>
        <changePoll:changeData ${CHANGE_POLL}>
          <changePoll:operation op="sync">custom</changePoll:operation>
          <changePoll:date>2013-10-22T14:25:57.0Z</changePoll:date>
          <changePoll:svTRID>12345-XYZ</changePoll:svTRID>
          <changePoll:who>CSR</changePoll:who>
          <changePoll:reason lang="en">Customer sync request</changePoll:reason>
        </changePoll:changeData>`,
    }),
  },
  {
    where: 'RFC 9038 3.2 an extension that the client did not choose',
    xml: epp(`<response>
      <result code="1000">
        <msg>Command completed successfully</msg>
        <extValue>
          <value><rgp:infData ${RGP}><rgp:rgpStatus s="redemptionPeriod"/></rgp:infData></value>
          <reason>urn:ietf:params:xml:ns:rgp-1.0 not in login services</reason>
        </extValue>
      </result>
      <resData><domain:infData ${DOMAIN}>
        ${NAME}<domain:roid>EXAMPLE1-REP</domain:roid><domain:clID>ClientX</domain:clID>
      </domain:infData></resData>
      <trID><clTRID>ABC-12345</clTRID><svTRID>54321-XYZ</svTRID></trID>
    </response>`),
  },
];
