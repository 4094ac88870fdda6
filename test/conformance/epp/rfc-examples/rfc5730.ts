/** The examples of RFC 5730 section 2: sessions and the queue of messages. */
import {
  type CommandExample,
  clientSays,
  epp,
  type ResponseExample,
  serverSays,
} from './example.ts';

const LOGIN = `<login>
    <clID>ClientX</clID>
    <pw>foo-BAR2</pw>
    <newPW>bar-FOO2</newPW>
    <options><version>1.0</version><lang>en</lang></options>
    <svcs>
      <objURI>urn:ietf:params:xml:ns:obj1</objURI>
      <objURI>urn:ietf:params:xml:ns:obj2</objURI>
      <objURI>urn:ietf:params:xml:ns:obj3</objURI>
      <svcExtension><extURI>http://custom/obj1ext-1.0</extURI></svcExtension>
    </svcs>
  </login>`;

export const COMMANDS: readonly CommandExample[] = [
  // Its objects are made up, so that no server has them.
  { where: 'RFC 5730 2.9.1.1 login', xml: clientSays(LOGIN), becomes: 2307 },
  {
    where: 'RFC 5730 2.9.2.3 poll for a message',
    xml: clientSays('<poll op="req"/>'),
    becomes: { kind: 'poll:req' },
  },
  {
    where: 'RFC 5730 2.9.2.3 acknowledgement of a message',
    xml: clientSays('<poll op="ack" msgID="12345"/>'),
    becomes: { kind: 'poll:ack', id: '12345' },
  },
  {
    where: 'RFC 5730 2.9.2.1 check of an object that the RFC made up',
    xml: clientSays(`<check><obj:check xmlns:obj="urn:ietf:params:xml:ns:obj">
      <obj:name>example1</obj:name><obj:name>example2</obj:name><obj:name>example3</obj:name>
    </obj:check></check>`),
    becomes: 2307,
  },
];

export const RESPONSES: readonly ResponseExample[] = [
  {
    where: 'RFC 5730 2.4 greeting',
    xml: epp(`<greeting>
      <svID>Example EPP server epp.example.com</svID>
      <svDate>2000-06-08T22:00:00.0Z</svDate>
      <svcMenu>
        <version>1.0</version>
        <lang>en</lang>
        <lang>fr</lang>
        <objURI>urn:ietf:params:xml:ns:obj1</objURI>
        <objURI>urn:ietf:params:xml:ns:obj2</objURI>
        <objURI>urn:ietf:params:xml:ns:obj3</objURI>
        <svcExtension><extURI>http://custom/obj1ext-1.0</extURI></svcExtension>
      </svcMenu>
      <dcp>
        <access><all/></access>
        <statement>
          <purpose><admin/><prov/></purpose>
          <recipient><ours/><public/></recipient>
          <retention><stated/></retention>
        </statement>
      </dcp>
    </greeting>`),
  },
  {
    where: 'RFC 5730 2.6 an error with two reasons',
    xml: epp(`<response>
      <result code="2004">
        <msg>Parameter value range error</msg>
        <value xmlns:obj="urn:ietf:params:xml:ns:obj"><obj:elem1>2525</obj:elem1></value>
      </result>
      <result code="2005">
        <msg>Parameter value syntax error</msg>
        <value xmlns:obj="urn:ietf:params:xml:ns:obj"><obj:elem2>ex(ample</obj:elem2></value>
        <extValue>
          <value xmlns:obj="urn:ietf:params:xml:ns:obj"><obj:elem3>abc.ex(ample</obj:elem3></value>
          <reason>Invalid character found.</reason>
        </extValue>
      </result>
      <trID><clTRID>ABC-12345</clTRID><svTRID>54321-XYZ</svTRID></trID>
    </response>`),
  },
  {
    where: 'RFC 5730 2.9.2.3 response to an acknowledgement',
    xml: serverSays({ queue: '<msgQ count="4" id="12346"/>' }),
    tells: { result: 1000, data: { kind: 'poll', count: 4, nextId: 12_346 } },
  },
  {
    where: 'RFC 5730 2.9.2.3 a message',
    xml: serverSays({
      code: 1301,
      queue: `<msgQ count="5" id="12345">
        <qDate>2000-06-08T22:00:00.0Z</qDate><msg>Transfer requested.</msg>
      </msgQ>`,
    }),
    tells: {
      result: 1301,
      data: {
        kind: 'poll',
        count: 5,
        message: {
          id: 12_345,
          registrar: 'ClientX',
          queuedAtMs: Date.UTC(2000, 5, 8, 22),
          text: 'Transfer requested.',
        },
      },
    },
  },
];
