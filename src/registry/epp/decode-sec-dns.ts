/**
 * DS records in commands on domains (RFC 5910). Only the DS data interface is spoken: the register
 * computes no digests, so keys are refused wherever they can stand, beside a digest too.
 */
import type { DsData } from '#registry/model/domain.ts';
import type { DsChange } from '#registry/model/domain-commands.ts';
import { RESULT } from '#registry/model/result.ts';
import { childOf, childrenOf, childToken, isTrue, refusal } from './element-reading.ts';
import type { XmlElement } from './xml-reader.ts';

/** Of `<secDNS:create>`. @throws RegistryError 2102, 2306 */
export function decodeDsCreate(element: XmlElement): DsData[] {
  refuseSignatureLife(element);
  refuseKeys(element);
  return childrenOf(element, 'dsData').map(decodeDs);
}

/** Of `<secDNS:update>`. @throws RegistryError 2102, 2306 */
export function decodeDsChange(element: XmlElement): DsChange {
  const urgent = element.attributes.get('urgent');
  if (isTrue(urgent)) {
    const reason = 'every update is served as soon as it is done; urgent is not taken';
    throw refusal(RESULT.unimplementedOption, reason, { ...element, text: urgent ?? '' });
  }
  const remove = childOf(element, 'rem');
  const add = childOf(element, 'add');
  const change = childOf(element, 'chg');
  if (change !== undefined) refuseSignatureLife(change);
  return {
    remove: remove === undefined ? [] : decodeRemoval(remove),
    add: add === undefined ? [] : decodeDsCreate(add),
  };
}

function decodeRemoval(element: XmlElement): DsChange['remove'] {
  refuseKeys(element);
  const all = childOf(element, 'all');
  if (all === undefined) return childrenOf(element, 'dsData').map(decodeDs);
  if (isTrue(all.text)) return 'all';
  throw refusal(RESULT.policy, 'all is true, or is left out', all);
}

function refuseSignatureLife(element: XmlElement): void {
  const life = childOf(element, 'maxSigLife');
  if (life === undefined) return;
  const reason = 'signatures of a child zone are not made here; leave maxSigLife out';
  throw refusal(RESULT.unimplementedOption, reason, life);
}

function refuseKeys(element: XmlElement): void {
  const key = childOf(element, 'keyData');
  if (key === undefined) return;
  const reason = 'keys are not taken: send <secDNS:dsData> without <secDNS:keyData>';
  throw refusal(RESULT.policy, reason, { ...key, text: '' });
}

function decodeDs(element: XmlElement): DsData {
  refuseKeys(element);
  return {
    keyTag: Number(childToken(element, 'keyTag')),
    algorithm: Number(childToken(element, 'alg')),
    digestType: Number(childToken(element, 'digestType')),
    digest: childToken(element, 'digest').toUpperCase(),
  };
}
