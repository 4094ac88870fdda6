/**
 * The key `probe`: the vantage point, what it tests and how it hands its results in.
 */
import { z } from 'zod';
import { QUESTION_TYPES, type QuestionType } from '#sla/probe/dns-message.ts';
import { parseTrustAnchor, type TrustAnchor } from '#sla/probe/dnssec/trust-anchor.ts';
import { eppTests, eppUpdateTest, rddsTests } from './probe-services-section.ts';
import {
  domainName,
  httpUrl,
  label,
  listenAddress,
  path,
  reading,
  section,
  uniqueList,
} from './schema-parts.ts';

const PROBE_NAMES_MAX = 1_000;
const ANCHORS_MAX = 16;
const QUESTIONS_MAX = 1_000;

/** `probe`; `folder` is where the configuration lies. */
export function probeSection(folder: string) {
  return section({
    names: uniqueList(label(), (name) => name)
      .pipe(z.array(z.string()).min(1).max(PROBE_NAMES_MAX))
      .prefault(['p01'])
      .describe('Names of the probes that this process runs: one vantage point, whatever number.'),
    listen: listenAddress()
      .prefault('127.0.0.1:8084')
      .describe('Address of the probe’s `/metrics` and `/healthz`.'),
    sidecar: httpUrl()
      .optional()
      .describe(
        'URL of the sidecar that results are handed to. None: the one of `sla.listen`, if the ' +
          'file has that section.',
      ),
    tokenFile: path(folder)
      .optional()
      .describe('File of the token for the sidecar. None: `probe.token` in `data`.'),
    contract: z
      .string({ error: 'write an id or a file' })
      .min(1)
      .optional()
      .describe(
        'Contract whose cycles, limits and proportion of transports the tests follow: the id of ' +
          'a shipped one, or a path. None: the first of `sla.contracts`.',
      ),
    loopStallMs: z
      .int({ error: 'write a whole number' })
      .min(1)
      .max(10_000)
      .default(20)
      .describe('A test during which the probe itself stood still for longer counts nowhere.'),
    zone: domainName()
      .optional()
      .describe('Zone whose name servers are tested. None: the first that the API lists.'),
    nameservers: z
      .record(domainName(), z.array(listenAddress()).min(1))
      .optional()
      .describe(
        'Name servers under test: name to its `ADDRESS:PORT` list. None: one per address of ' +
          '`nameserver.listen`.',
      ),
    ...validationKeys(),
    update: updateTest(folder)
      .optional()
      .describe('The change-to-served test. None: it is not made.'),
    rdds: rddsTests(folder)
      .optional()
      .describe('Tests of the directory services. None: they are not made.'),
    epp: eppTests(folder).optional().describe('Tests of EPP. None: they are not made.'),
    eppUpdate: eppUpdateTest()
      .optional()
      .describe(
        'The change-to-served test through EPP, seen in the DNS and in the services of ' +
          '`probe.rdds`. None: it is not made.',
      ),
  }).superRefine(({ questions: asked, reference, epp, eppUpdate }, context) => {
    if (eppUpdate !== undefined && epp === undefined) {
      context.addIssue({ code: 'custom', path: ['eppUpdate'], message: 'needs epp' });
    }
    if (asked.length === 0 || reference !== undefined) return;
    const message = 'needs reference: without it nobody knows which answers are right';
    context.addIssue({ code: 'custom', path: ['questions'], message });
  });
}

/** As it was written, and as it is checked with. */
export interface ConfiguredAnchor {
  text: string;
  anchor: TrustAnchor;
}

function trustAnchor() {
  return reading('a DS or DNSKEY record', (text): ConfiguredAnchor => {
    const anchor = parseTrustAnchor(text);
    if (anchor !== undefined) return { text, anchor };
    throw new Error(
      `'${text}' is no trust anchor: write NAME. DS TAG ALGORITHM DIGEST-TYPE DIGEST with an ` +
        'algorithm of 8, 10, 13 to 16 and a digest of type 2 or 4, or the DNSKEY record',
    );
  });
}

function questionTypes(): QuestionType[] {
  return Object.keys(QUESTION_TYPES) as QuestionType[];
}

function trustAnchors() {
  return uniqueList(trustAnchor(), ({ text }) => text)
    .pipe(z.array(z.custom<ConfiguredAnchor>()).max(ANCHORS_MAX))
    .default([])
    .describe(
      'DS or DNSKEY records, as in `example. DS 12345 13 2 0123…`, of the tested zone or of a ' +
        'zone above it. With one, every answer must be signed up to it. None: signatures are ' +
        'not looked at.',
    );
}

function questions() {
  return z
    .array(
      section({
        name: domainName().describe('Name in the tested zone, existing or not.'),
        type: z
          .enum(questionTypes(), { error: `write one of ${questionTypes().join(', ')}` })
          .default('A')
          .describe(`One of ${questionTypes().join(', ')}.`),
      }),
    )
    .max(QUESTIONS_MAX)
    .default([])
    .describe(
      'What is asked in turn with the zone’s SOA, and compared with `reference`. None: only ' +
        'the SOA is asked.',
    );
}

/** What answers are held against. */
function validationKeys() {
  return {
    trustAnchors: trustAnchors(),
    parents: z
      .record(domainName(), z.array(listenAddress()).min(1))
      .default({})
      .describe(
        'Servers of the zones between the trust anchor’s and the tested one, the former ' +
          'included: they are asked for DS records. None: the anchor is the tested zone’s own.',
      ),
    questions: questions(),
    reference: listenAddress()
      .optional()
      .describe('The server that stands for the register, asked for the right answers.'),
  };
}

function updateTest(folder: string) {
  return section({
    zone: domainName().describe('Zone that the change-to-served test writes into.'),
    api: httpUrl().optional().describe('URL of the admin API. None: the one of `admin.listen`.'),
    apiKeyFile: path(folder)
      .optional()
      .describe('File of the API key. None: the one of `admin.apiKeyFile`.'),
    intervalSeconds: z
      .int({ error: 'write a whole number' })
      .min(1)
      .max(86_400)
      .default(300)
      .describe('From one change to the next.'),
  });
}
