/**
 * Texts of the evidence as small numbers: probes, and targets with the name server, address and
 * class of test that they stand for. A month is millions of tests; comparing numbers keeps scoring
 * one within seconds. Numbers depend on the order of arrival, verdicts never do.
 */
import type { Contract, ServiceName } from '#sla/contract/contract.ts';
import { findTestClass } from '#sla/contract/contract.ts';

/** Classes of tests of each service; a class is its place here. */
export const TEST_CLASSES: Record<ServiceName, readonly string[]> = {
  dns: ['udp', 'tcp'],
  rdds: ['whois', 'web', 'rdap'],
  epp: ['session', 'query', 'transform'],
};

/** Gives each distinct text a number, from 0, and gives it back. */
export class NumberedTexts {
  readonly texts: string[] = [];
  readonly #numbers = new Map<string, number>();

  numberOf(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const number = this.texts.push(text) - 1;
    this.#numbers.set(text, number);
    return number;
  }
}

/** What a target's number stands for. */
export interface Target {
  /** Place in TEST_CLASSES. */
  testClass: number;
  /** False for an interface that the contract gives no vote (RDAP under `biz-2013`). */
  isScored: boolean;
  /** Number in `nameservers`, and in `addresses`; 0 unless DNS. */
  nameserver: number;
  address: number;
}

/** Limits of a class, as the contract gives them, in microseconds. */
export interface ClassLimits {
  limitUs: number;
  unansweredUs: number;
  /** Whether `unansweredUs` itself is already beyond. */
  isInclusive: boolean;
}

export class Catalogue {
  readonly probes = new NumberedTexts();
  readonly nameservers = new NumberedTexts();
  /** Addresses of name servers, as `NAME ADDRESS`. */
  readonly addresses = new NumberedTexts();
  /** Name server of each address. */
  readonly nameserverOf: number[] = [];
  readonly targets: Target[] = [];
  readonly limits: ClassLimits[];
  readonly #service: ServiceName;
  readonly #isScored: (testClass: string) => boolean;
  readonly #keys = new NumberedTexts();

  constructor(contract: Contract, service: ServiceName) {
    this.#service = service;
    const interfaces: readonly string[] | undefined =
      service === 'rdds' ? contract.services.rdds?.interfaces : undefined;
    this.#isScored = (testClass) => interfaces === undefined || interfaces.includes(testClass);
    this.limits = TEST_CLASSES[service].map((name) => {
      const limits = findTestClass(contract, service, name);
      return {
        limitUs: limits === undefined ? Infinity : limits.limitMs * 1000,
        unansweredUs: limits === undefined ? Infinity : limits.unanswered.limitMs * 1000,
        isInclusive: limits?.unanswered.comparator === '>=',
      };
    });
  }

  /** Number of a target given as a cycle record's column; of a class that exists. */
  targetNumber(column: readonly string[]): number {
    const [first = '', second = '', third = ''] = column;
    const isDns = this.#service === 'dns';
    const number = this.#keys.numberOf(isDns ? column.join(' ') : `${first} ${second}`);
    if (number < this.targets.length) return number;
    const testClass = isDns ? third : first;
    this.targets.push({
      testClass: Math.max(TEST_CLASSES[this.#service].indexOf(testClass), 0),
      isScored: this.#isScored(testClass),
      nameserver: isDns ? this.nameservers.numberOf(first) : 0,
      address: isDns ? this.addressNumber(first, second) : 0,
    });
    return number;
  }

  /** Number of a name server's address; both in canonical form. */
  addressNumber(nameserver: string, address: string): number {
    const number = this.addresses.numberOf(`${nameserver} ${address}`);
    this.nameserverOf[number] ??= this.nameservers.numberOf(nameserver);
    return number;
  }
}
