/**
 * What a probe holds answers against, from its configuration: the trust anchor that signatures must
 * lead to, and the server that knows the right answers.
 */
import type { ProbeConfiguration } from '#app/config/configuration.ts';
import { type AskParts, askServer } from '#sla/probe/ask-server.ts';
import { type Labels, parseLabels } from '#sla/probe/dnssec/domain-labels.ts';
import { TrustChain } from '#sla/probe/dnssec/trust-chain.ts';
import { ReferenceAnswers } from '#sla/probe/reference-answers.ts';
import { SignatureCheck } from '#sla/probe/signature-check.ts';

/** `undefined` without a trust anchor. */
export function signatureCheckOf(
  { trustAnchors, parents }: ProbeConfiguration,
  zone: string,
  parts: AskParts,
): SignatureCheck | undefined {
  if (trustAnchors.length === 0) return undefined;
  const chain = new TrustChain({
    zone: labelsOf(zone),
    anchors: trustAnchors.map(({ anchor }) => anchor),
    parents: Object.entries(parents).map(([name, servers]) => ({ zone: labelsOf(name), servers })),
    ask: (server, question) => askServer({ server, question, withSignatures: true }, parts),
    clock: parts.clock,
  });
  return new SignatureCheck(chain, parts.clock);
}

/** `undefined` without `probe.reference`. An answer stays right for `lagMaxMs` after a change. */
export function referenceAnswersOf(
  { reference }: ProbeConfiguration,
  lagMaxMs: number,
  parts: AskParts,
): ReferenceAnswers | undefined {
  if (reference === undefined) return undefined;
  return new ReferenceAnswers({
    ask: (question) => askServer({ server: reference, question, withSignatures: false }, parts),
    lagMaxMs,
    clock: parts.clock,
  });
}

/** Of a name that the configuration has checked. */
function labelsOf(name: string): Labels {
  return parseLabels(name) ?? [];
}
