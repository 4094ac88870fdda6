/**
 * The key `probe`: the vantage point, what it tests and how it hands its results in.
 */
import { z } from 'zod';
import {
  domainName,
  httpUrl,
  label,
  listenAddress,
  path,
  section,
  uniqueList,
} from './schema-parts.ts';

const PROBE_NAMES_MAX = 1_000;

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
    update: section({
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
    })
      .optional()
      .describe('The change-to-served test. None: it is not made.'),
  });
}
