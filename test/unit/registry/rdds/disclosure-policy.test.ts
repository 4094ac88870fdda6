// What is shown of a contact: by role where the holder said nothing, by the holder's word else.
import { describe, expect, it } from 'vitest';
import type { Disclosure, PostalInfo } from '#registry/model/contact.ts';
import { CONTACT_FIELDS, discloseContact } from '#registry/rdds/disclosure-policy.ts';
import { contactOf } from '../../../kit/rdds/directory-content.ts';

const FAX = { number: '+420.1', extension: '9' };

function shownOf(role: 'registrant' | 'admin' | 'tech' | 'billing' | 'itself', word?: Disclosure) {
  const contact = contactOf('X', { fax: FAX, ...(word && { disclosure: word }) });
  const { shown, redacted } = discloseContact(contact, role);
  expect([...shown.keys(), ...redacted].toSorted()).toEqual([...CONTACT_FIELDS].toSorted());
  return [...shown.keys()];
}

/** Of a technical contact. */
function agreed(...fields: Disclosure['fields']) {
  return shownOf('tech', { show: true, fields });
}

/** Of a registrant. */
function refused(...fields: Disclosure['fields']) {
  return shownOf('registrant', { show: false, fields });
}

describe('of a contact is shown', () => {
  it('by role, where its holder said nothing', () => {
    expect(shownOf('registrant')).toEqual(['organisation', 'province', 'country']);
    for (const role of ['admin', 'tech', 'billing'] as const) expect(shownOf(role)).toEqual([]);
    expect(shownOf('itself')).toEqual(['handle']);
  });

  it('what the holder agreed to', () => {
    expect(agreed('name:int')).toEqual(['handle', 'name']);
    expect(agreed('org:int')).toEqual(['organisation']);
    const address = ['street', 'city', 'province', 'postalCode', 'country'];
    expect(agreed('addr:int')).toEqual(address);
    expect(agreed('voice')).toEqual(['voice', 'voiceExtension']);
    expect(agreed('fax')).toEqual(['fax', 'faxExtension']);
    expect(agreed('email')).toEqual(['email']);
    expect(agreed('name:loc', 'addr:loc')).toEqual([]);
  });

  it('nothing that the holder refused', () => {
    expect(refused('org:int')).toEqual(['province', 'country']);
    expect(refused('addr:int')).toEqual(['organisation']);
    expect(refused('email')).toEqual(['organisation', 'province', 'country']);
  });

  it('the international form, with its own word, and the local one where it is the only', () => {
    const [int] = contactOf('X').postal;
    const loc: PostalInfo = {
      type: 'loc',
      name: 'Ján Novák',
      street: [],
      city: 'Brno',
      country: 'CZ',
    };
    const disclosure: Disclosure = { show: true, fields: ['name:loc'] };
    const nameOf = (postal: PostalInfo[]) =>
      discloseContact(contactOf('X', { postal, disclosure }), 'tech').shown.get('name');
    expect(int).toBeDefined();
    expect(nameOf(int === undefined ? [] : [loc, int])).toBeUndefined();
    expect(nameOf([loc])).toEqual(['Ján Novák']);
  });

  it('neither the value nor the name of a field that has none', () => {
    const contact = contactOf('X', {
      postal: [{ type: 'int', name: 'A', street: [''], city: 'B', country: 'CZ' }],
    });
    const { shown, redacted } = discloseContact(contact, 'registrant');
    expect([...shown.keys(), ...redacted]).toEqual([
      'country',
      'handle',
      'name',
      'city',
      'voice',
      'voiceExtension',
      'email',
    ]);
  });
});
