/** What the records of an answer have to prove the absence of; see denial.ts. */
import type { Labels } from './domain-labels.ts';

export type Denied =
  /** NXDOMAIN: neither the name nor a wildcard that could stand for it. */
  | { kind: 'name'; name: Labels }
  /** NODATA: the name, or the wildcard that stands for it, lacks the type. */
  | { kind: 'type'; name: Labels; type: number }
  /** After a wildcard's answer: no name is closer than the wildcard's parent. */
  | { kind: 'next-closer'; name: Labels; encloser: Labels };
