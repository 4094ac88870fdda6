import { describe, expect, it } from 'vitest';
import { encodeGreeting } from '#registry/epp/encode-greeting.ts';
import {
  type ChosenServices,
  encodeDone,
  encodeOutcome,
  encodeRefusal,
} from '#registry/epp/encode-result.ts';
import { EXTENSION_URIS, NAMESPACE, OBJECT_URIS } from '#registry/epp/namespaces.ts';
import { RESULT } from '#registry/model/result.ts';
import { CONTACT, OUTCOMES } from '../../../kit/epp/epp-outcomes.ts';
import { useSchemas } from '../../../kit/epp/own-schemas.ts';
import { lintAll } from '../../../kit/epp/xmllint.ts';
import { peersMissing } from '../../../kit/peers.ts';

const IDS = { clTrid: 'ABC-12345', svTrid: 'HF-54321' };
const EVERYTHING: ChosenServices = {
  objects: new Set(OBJECT_URIS),
  extensions: new Set(EXTENSION_URIS),
};

const { faultOf } = useSchemas();

function choose(objects: string[], extensions: string[]): ChosenServices {
  return { objects: new Set(objects), extensions: new Set(extensions) };
}

function encode(name: string, chosen = EVERYTHING): string {
  const outcome = OUTCOMES[name];
  if (outcome === undefined) throw new Error(`no outcome ${name}`);
  return encodeOutcome(outcome, chosen, IDS);
}

/** Everything that the server can send. */
function allDocuments(): [string, string][] {
  const reason = 'it <is> not & "never" was \u0001\ud800 there';
  return [
    ['greeting', encodeGreeting('Test registry', 0)],
    ...Object.keys(OUTCOMES).map((name): [string, string] => [name, encode(name)]),
    ...Object.keys(OUTCOMES).map((name): [string, string] => [
      `${name} where nothing was chosen`,
      encode(name, choose([], [])),
    ]),
    ['login', encodeDone(1000, IDS)],
    ['logout', encodeDone(1500, { svTrid: 'HF-1' })],
    ...Object.values(RESULT).map((result): [string, string] => [
      `refusal ${result}`,
      encodeRefusal(
        { result, reason, offender: { element: 'domain:name', text: 'a<b>.tld' } },
        IDS,
      ),
    ]),
    [
      'refusal of nothing in particular',
      encodeRefusal({ result: 2400, reason, offender: undefined }, IDS),
    ],
    [
      'refusal of an attribute',
      encodeRefusal({ result: 2303, reason, offender: { element: 'msgID', text: '7' } }, IDS),
    ],
    [
      'refusal of the protocol',
      encodeRefusal(
        { result: 2307, reason, offender: { element: 'epp:objURI', text: 'urn:x' } },
        IDS,
      ),
    ],
  ];
}

describe('what the server sends', () => {
  it.each(allDocuments())('is valid by the schemas: %s', (_name, xml) => {
    expect(faultOf(xml)).toBeUndefined();
  });

  it.skipIf(peersMissing('xmllint'))('is valid for xmllint, all of it', () => {
    const documents = allDocuments().map(([, xml]) => xml);
    expect(() => lintAll(documents)).not.toThrow();
  });

  it.each(allDocuments())('holds no secret: %s', (_name, xml) => {
    expect(xml).not.toContain('secret digest');
    expect(xml).not.toContain('authInfo');
  });
});

describe('what was not chosen at login', () => {
  it('is left out of the answer to a command', () => {
    const xml = encode('domain:info', choose([NAMESPACE.domain], [NAMESPACE.rgp]));
    expect(xml).toContain('<rgp:infData');
    expect(xml).not.toContain('secDNS');
  });

  it('is told of a poll message beside its result', () => {
    const name = 'poll:req with a domain that changed';
    const chosen = choose([NAMESPACE.host], [NAMESPACE.secDns]);
    const xml = encode(name, chosen);
    expect(xml).not.toContain('<resData>');
    expect(xml).toContain(`<reason>${NAMESPACE.domain} not in login services</reason>`);
    expect(xml).toContain(`<reason>${NAMESPACE.changePoll} not in login services</reason>`);
    expect(xml).toMatch(/<extValue><value><domain:infData/);
    expect(xml).toMatch(/<extension><secDNS:infData/);
  });

  it('is told of planned work too, as RFC 9167 section 2 wants it', () => {
    const xml = encode('poll:req with planned work', choose([NAMESPACE.domain], []));
    expect(xml).toContain('<msg>It is so.</msg>');
    expect(xml).not.toContain('<resData>');
    expect(xml).toMatch(/<extValue><value><maint:infData .*<\/maint:infData><\/value>/);
  });
});

describe('a contact of another registrar', () => {
  it('is shown without what its holder did not agree to show', () => {
    const xml = encode('contact:info for others');
    for (const hidden of [
      'Jane',
      'Jané',
      'jdoe',
      '7035555555',
      'Dulles',
      'Main St',
      'Example Ltd',
    ]) {
      expect(xml).not.toContain(hidden);
    }
    expect(xml).toContain('<contact:cc>US</contact:cc>');
  });

  it('is shown with what its holder agreed to show', () => {
    const disclosure = { show: true, fields: ['email', 'name:int'] } as const;
    const contact = { ...CONTACT, disclosure: { ...disclosure, fields: [...disclosure.fields] } };
    const data = { kind: 'contact:info', contact, statuses: [], isWhole: false } as const;
    const xml = encodeOutcome({ result: 1000, data: { ...data, statuses: [] } }, EVERYTHING, IDS);
    expect(xml).toContain('jdoe@example.com');
    expect(xml).toContain('Jane Doe');
    expect(xml).not.toContain('Jané');
    expect(xml).not.toContain('Main St');
  });
});

describe('texts', () => {
  it('of reasons are cut at a word where the schema has no more room', () => {
    expect(encode('domain:check')).toContain(
      '<domain:reason>it is reserved for the operator</domain:reason>',
    );
  });

  it('are escaped, and what XML has no place for is replaced', () => {
    const reason = 'a<b>&"c"\u0000';
    const xml = encodeRefusal({ result: 2005, reason, offender: undefined }, IDS);
    expect(xml).toContain('<reason>a&lt;b&gt;&amp;&quot;c&quot;\ufffd</reason>');
  });

  it('of money have hundredths', () => {
    const xml = encode('domain:create');
    expect(xml).toContain('<fee:fee>20.00</fee:fee>');
    expect(xml).toContain('<fee:balance>-5.00</fee:balance>');
    expect(encode('domain:delete')).toContain('<fee:credit>-20.00</fee:credit>');
    expect(encode('domain:transfer')).toContain(
      '<fee:fee refundable="1" grace-period="P5D">20.00</fee:fee>',
    );
  });
});
