/**
 * The configuration of every process, as one strict schema: an unknown key, a wrong value or a
 * section of a later version is an error with its place. All defaults are here; each key's
 * description is what docs/reference/configuration.md prints, and a test holds the two together.
 * Sections may be missing: each process demands its own (`require-section.ts`).
 */
import { join } from 'node:path';
import { z } from 'zod';
import { LOG_LEVELS } from '#base/log.ts';
import { NSID_SIZE_MAX } from '#dns/answer/reply-options.ts';
import { REMOVAL_SHARE_MAX } from '#dns/transfer/catalog/catalog-consumer.ts';
import { formatListenAddress, isWildcard, type ListenAddress } from '#net/listen-address.ts';
import {
  addressRanges,
  chaosSection,
  cookiesSection,
  coresSection,
  rateLimitSection,
  shortText,
} from './answer-sections.ts';
import { backupSection } from './backup-section.ts';
import { contactsSection, mailSection, refuseMailWithoutServer } from './contacts-section.ts';
import { primariesSection } from './primaries-section.ts';
import { probeSection } from './probe-section.ts';
import { eppSection, rddsSection } from './register-sections.ts';
import {
  domainName,
  httpUrl,
  listenAddress,
  listenEntries,
  path,
  section,
  uniqueList,
} from './schema-parts.ts';
import { refuseTwoSources, sourceSection } from './source-section.ts';
import { storeSection } from './store-section.ts';
import { tlsSection } from './tls-section.ts';
import { refuseUnverifiedNames, transferSection } from './transfer-sections.ts';
import { tsigKeysSection } from './tsig-section.ts';
import { updateSection } from './update-section.ts';

/** The image has 256 readers: these, the TCP and the TLS thread, and the control thread. */
const THREADS_MAX = 253;
const SERVERS_MAX = 16;
const REQUEST_RATE_MAX = 1_000_000;
/** Lower ones need root or a capability. */
const PORT_FREE_MIN = 1024;
const CONTRACT_DEFAULT = 'biz-2013-lab';

/** The parsed form: addresses in parts, paths absolute, defaults filled in. */
export type Configuration = ReturnType<typeof finishConfiguration>;
export type NameserverConfiguration = NonNullable<Configuration['nameserver']>;
export type ProbeConfiguration = NonNullable<Configuration['probe']>;
export type RddsConfiguration = NonNullable<Configuration['rdds']>;
export type SlaConfiguration = NonNullable<Configuration['sla']>;

function nameserverSection(folder: string) {
  return section({
    role: z
      .enum(['primary', 'secondary'], { error: 'write primary or secondary' })
      .default('primary')
      .describe(
        '`secondary`: every zone comes from `primaries`. `primary`: zones are made here, and ' +
          'some may come from primaries all the same.',
      ),
    identity: shortText(NSID_SIZE_MAX)
      .optional()
      .describe('The NSID (RFC 5001) and a label in metrics. None: no NSID.'),
    listen: listenEntries()
      .prefault(['127.0.0.1:5300'])
      .describe(
        'Addresses for UDP and TCP, `ADDRESS:PORT`. `{ address, optional: true }` is skipped ' +
          'with a warning where the machine lacks the address.',
      ),
    threads: z
      .int({ error: 'write a whole number' })
      .min(1)
      .max(THREADS_MAX)
      .optional()
      .describe('Packet threads. None: one per core of `cores.packets`, or per core there is.'),
    cores: coresSection()
      .optional()
      .describe(
        'Keeps packet threads apart from everything else, so that changes and transfers cost ' +
          'answers no time. Linux with koffi. None: the kernel places all threads.',
      ),
    udp: z
      .enum(['auto', 'batched', 'plain'])
      .default('auto')
      .describe(
        '`batched` needs Linux and koffi, `plain` runs anywhere, `auto` takes what there is.',
      ),
    zones: path(folder)
      .optional()
      .describe(
        'Folder of `NAME.zone` master files, imported when new or changed since last time. ' +
          'None: zones come through the API only.',
      ),
    tls: tlsSection(folder)
      .optional()
      .describe('DNS over TLS (RFC 7858). None: it is not offered.'),
    cookies: cookiesSection(folder)
      .prefault({})
      .describe('DNS cookies: who has one is known to be at its address.'),
    chaos: chaosSection()
      .optional()
      .describe('What class CHAOS is told of this server. None: such questions are refused.'),
    rateLimit: rateLimitSection()
      .optional()
      .describe(
        'Limits of answers over UDP to clients without a good cookie. None: nothing is limited.',
      ),
    proxies: addressRanges().describe(
      'Load balancers, addresses or networks, that put a PROXY header (version 2) in front of ' +
        'queries: the client that it names is the one that asks. None: no header counts.',
    ),
    ...accountKeys(),
    ...exchangeKeys(folder),
  })
    .superRefine(checkRole)
    .superRefine(refuseUnverifiedNames);
}

/** What passes between this name server and others, and changes that come by messages. */
function exchangeKeys(folder: string) {
  return {
    transfer: transferSection()
      .prefault({})
      .describe('Zone transfers to other name servers (AXFR, IXFR), and who is told of changes.'),
    update: updateSection().prefault({}).describe('DNS UPDATE (RFC 2136).'),
    primaries: primariesSection(folder).describe(
      'Name servers that zones are fetched from. None: only those that zones name themselves.',
    ),
    catalog: domainName()
      .optional()
      .describe(
        'Catalog zone (RFC 9432) that is made here and lists every zone of this server that ' +
          'names no other one in its settings. None: none is made.',
      ),
    catalogRemovals: z
      .number({ error: 'write a number from 0 to 1' })
      .min(0)
      .max(1)
      .default(REMOVAL_SHARE_MAX)
      .describe(
        'Share of its members that one version of a catalog that is fetched may take away; ten ' +
          'may always go. More are kept until the catalog is retrieved by hand.',
      ),
  };
}

/** Who the server is once it no longer needs root. */
function accountKeys() {
  return {
    user: z
      .string({ error: 'write the name or number of a user, in quotes' })
      .min(1)
      .optional()
      .describe(
        'User that a server started by root becomes once its sockets are bound. None: it stays ' +
          'who it is.',
      ),
    group: z
      .string({ error: 'write the name or number of a group, in quotes' })
      .min(1)
      .optional()
      .describe('Its group. None: the user’s own.'),
  };
}

/** A secondary has primaries, and nothing of its own that they would know nothing of. */
function checkRole(
  parsed: { role: string; zones?: string | undefined; primaries: readonly unknown[] },
  context: z.RefinementCtx,
): void {
  if (parsed.role !== 'secondary') return;
  if (parsed.primaries.length === 0) {
    const message = 'a secondary needs primaries; list them, or write primary';
    context.addIssue({ code: 'custom', path: ['role'], message });
  }
  if (parsed.zones === undefined) return;
  const message = 'a secondary has no master files; remove zones, or write role: primary';
  context.addIssue({ code: 'custom', path: ['zones'], message });
}

function adminSection(folder: string) {
  return section({
    listen: listenAddress()
      .prefault('127.0.0.1:8081')
      .describe('Address of the admin API, `/metrics` and `/healthz`.'),
    apiKeyFile: path(folder)
      .optional()
      .describe(
        'File of the API key; made at the first start if missing. None: `admin.key` in `data`.',
      ),
    rateLimit: section({
      perSecond: z
        .int({ error: 'write a whole number' })
        .min(1)
        .max(REQUEST_RATE_MAX)
        .describe('Requests a second that the admin key, and each token, may go on making.'),
      burst: z
        .int({ error: 'write a whole number' })
        .min(1)
        .max(REQUEST_RATE_MAX)
        .default(100)
        .describe('Requests that may come at once; more are told with 429 when to come again.'),
    })
      .optional()
      .describe('None: requests are not limited.'),
  });
}

function slaSection(folder: string) {
  return section({
    listen: listenAddress()
      .prefault('127.0.0.1:8082')
      .describe('Address of the sidecar’s page, API and `/metrics`.'),
    ledger: path(folder).prefault('./ledger').describe('Folder of the evidence ledger.'),
    contracts: uniqueList(z.string().min(1), (id) => id)
      .pipe(z.array(z.string()).min(1))
      .prefault([CONTRACT_DEFAULT])
      .describe('Contracts to score: ids of the shipped ones, or paths of `.yaml` files.'),
    scrape: uniqueList(httpUrl(), (url) => url)
      .optional()
      .describe('`/metrics` URLs to scrape. None: those of `admin.listen` and `probe.listen`.'),
    source: sourceSection()
      .optional()
      .describe('Reads metrics from a Prometheus. None: the sidecar scrapes them itself.'),
    tokenFile: path(folder)
      .optional()
      .describe(
        'File of the token that probes hand results in with; made at the first start if missing. ' +
          'None: `probe.tokenFile`.',
      ),
    feed: section({
      api: httpUrl().describe('URL of the admin API of a name server.'),
      apiKeyFile: path(folder).describe('File of its API key.'),
    })
      .optional()
      .describe(
        'The name server whose event feed goes into the ledger. None: the one of `nameserver`, ' +
          'if the file has that section.',
      ),
    replicaFeed: httpUrl()
      .optional()
      .describe(
        'URL of a `holdfast rdds` whose event feed, the lag of its replica, goes into the ' +
          'ledger. None: the one of `rdds`, if the file has that section.',
      ),
    operatorTokenFile: path(folder)
      .optional()
      .describe(
        'File of the token that notices, exclusions and false positives are entered with; made ' +
          'at the first start if missing. None: `operator.token` in `data`.',
      ),
    contacts: contactsSection(folder).describe(
      'Who is told of incidents and escalations. None: nobody; they stand on the page.',
    ),
    mail: mailSection(folder).optional().describe('The mail server for contacts by mail.'),
  })
    .superRefine(refuseMailWithoutServer)
    .superRefine(refuseTwoSources);
}

/** The schema of one file; `folder` is where the file lies. */
export function configurationSchema(folder: string) {
  return section({
    data: path(folder).prefault('./data').describe('Folder of the store, its keys and locks.'),
    log: section({
      level: z
        .enum(LOG_LEVELS)
        .default('info')
        .describe('Least level that is logged. `HOLDFAST_LOG_LEVEL` overrides it.'),
    }).prefault({}),
    nameserver: nameserverSection(folder).optional(),
    admin: adminSection(folder).prefault({}),
    store: storeSection(folder).prefault({}),
    backup: backupSection(folder).prefault({}),
    probe: probeSection(folder).optional(),
    sla: slaSection(folder).optional(),
    tsigKeys: tsigKeysSection(folder).describe(
      'Keys that sign transfers, NOTIFY, updates and queries. More can be made through the API.',
    ),
    servers: uniqueList(path(folder), (file) => file)
      .pipe(z.array(z.string()).max(SERVERS_MAX))
      .default([])
      .describe(
        'Configuration files of further name servers that `up` runs on this machine, such as ' +
          'secondaries of this one. They start once it is ready.',
      ),
    epp: eppSection(folder).optional().describe('The register of names. None: there is none.'),
    rdds: rddsSection(folder)
      .optional()
      .describe('WHOIS and RDAP, a process of its own. None: it is not run.'),
  })
    .superRefine(refuseSharedAddresses)
    .superRefine(refuseLateLowPort)
    .superRefine(refuseRegisterWithoutServer);
}

/** Two parts of one file cannot listen at one TCP address; better said here than at the second. */
function refuseSharedAddresses(
  parsed: {
    nameserver?:
      | {
          listen: { address: string; port: number }[];
          tls?: { listen: { address: string; port: number }[] } | undefined;
        }
      | undefined;
    admin: { listen: { address: string; port: number } };
    probe?: { listen: { address: string; port: number } } | undefined;
    sla?: { listen: { address: string; port: number } } | undefined;
    epp?: { listen: { address: string; port: number } } | undefined;
    rdds?:
      | {
          listen: Partial<
            Record<'whois' | 'http' | 'https', { address: string; port: number } | undefined>
          >;
        }
      | undefined;
  },
  context: z.RefinementCtx,
): void {
  const users = new Map<string, string>();
  for (const listen of parsed.nameserver?.listen ?? []) {
    users.set(formatListenAddress(listen), 'nameserver.listen');
  }
  for (const [at, listen] of (parsed.nameserver?.tls?.listen ?? []).entries()) {
    const text = formatListenAddress(listen);
    if (users.has(text)) {
      const message = `${text} is nameserver.listen's already; choose another port`;
      context.addIssue({ code: 'custom', path: ['nameserver', 'tls', 'listen', at], message });
    }
    users.set(text, 'nameserver.tls.listen');
  }
  const single = (['admin', 'probe', 'sla', 'epp'] as const).map(
    (name) => [[name, 'listen'], parsed[name]?.listen] as const,
  );
  const directory = (['whois', 'http', 'https'] as const).map(
    (name) => [['rdds', 'listen', name], parsed.rdds?.listen[name]] as const,
  );
  for (const [place, listen] of [...single, ...directory]) {
    if (listen === undefined) continue;
    const text = formatListenAddress(listen);
    const user = users.get(text);
    if (user !== undefined) {
      const message = `${text} is ${user}'s already; choose another port`;
      context.addIssue({ code: 'custom', path: [...place], message });
    }
    users.set(text, place.join('.'));
  }
}

/** These open when root is given up: they cannot have a port that only root may bind. */
function refuseLateLowPort(
  parsed: {
    nameserver?: { user?: string | undefined; group?: string | undefined } | undefined;
    admin: { listen: { port: number } };
    epp?: { listen: { port: number } } | undefined;
  },
  context: z.RefinementCtx,
): void {
  const { user, group } = parsed.nameserver ?? {};
  if (user === undefined && group !== undefined) {
    const message = 'says nothing without user; add user or remove group';
    context.addIssue({ code: 'custom', path: ['nameserver', 'group'], message });
  }
  if (user === undefined) return;
  for (const name of ['admin', 'epp'] as const) {
    if ((parsed[name]?.listen.port ?? PORT_FREE_MIN) >= PORT_FREE_MIN) continue;
    const message = `with nameserver.user, choose a port from ${PORT_FREE_MIN}`;
    context.addIssue({ code: 'custom', path: [name, 'listen'], message });
  }
}

/** Names that are registered are served from the same store. */
function refuseRegisterWithoutServer(
  { nameserver, epp }: { nameserver?: unknown; epp?: unknown },
  context: z.RefinementCtx,
): void {
  if (epp === undefined || nameserver !== undefined) return;
  const message = 'the register lives in a name server; add nameserver, or remove epp';
  context.addIssue({ code: 'custom', path: ['epp'], message });
}

type Parsed = z.output<ReturnType<typeof configurationSchema>>;

/** Defaults that follow from other keys. */
export function finishConfiguration(parsed: Parsed, file: string) {
  const { admin, probe, sla } = parsed;
  const apiKeyFile = admin.apiKeyFile ?? join(parsed.data, 'admin.key');
  const adminUrl = urlOf(admin.listen);
  const replicaKeyFile = join(parsed.data, 'rdds.key');
  const tokenFile = probe?.tokenFile ?? join(parsed.data, 'probe.token');
  const ownFeed = parsed.nameserver && { api: adminUrl, apiKeyFile };
  const scraped = [admin.listen, ...(probe === undefined ? [] : [probe.listen])];
  return {
    /** Absolute path of the file that this was read from. */
    file,
    data: parsed.data,
    log: parsed.log,
    nameserver: parsed.nameserver,
    admin: { ...admin, apiKeyFile, url: adminUrl },
    store: parsed.store,
    backup: parsed.backup,
    tsigKeys: parsed.tsigKeys,
    servers: parsed.servers,
    epp: parsed.epp && { replicaKeyFile, ...parsed.epp },
    rdds: parsed.rdds && {
      primary: adminUrl,
      keyFile: replicaKeyFile,
      url: directoryUrl(parsed.rdds.listen),
      ...parsed.rdds,
    },
    probe: probe && {
      ...probe,
      sidecar: probe.sidecar ?? (sla && urlOf(sla.listen)),
      tokenFile,
      contract: probe.contract ?? sla?.contracts[0] ?? CONTRACT_DEFAULT,
      nameservers: probe.nameservers ?? nameserversOf(parsed.nameserver?.listen ?? []),
      update: probe.update && { api: adminUrl, apiKeyFile, ...probe.update },
    },
    sla: sla && {
      ...sla,
      tokenFile: sla.tokenFile ?? tokenFile,
      operatorTokenFile: sla.operatorTokenFile ?? join(parsed.data, 'operator.token'),
      url: urlOf(sla.listen),
      feed: sla.feed ?? ownFeed,
      replicaFeed: sla.replicaFeed ?? (parsed.rdds && urlOf(parsed.rdds.listen.http)),
      scrape: sla.scrape ?? scraped.map((at) => `${urlOf(at)}/metrics`),
    },
  };
}

function directoryUrl({ http, https }: { http: ListenAddress; https?: ListenAddress | undefined }) {
  return https === undefined ? urlOf(http) : urlOf(https).replace('http:', 'https:');
}

/** Where a process on the same machine reaches a listen address; loopback for the wildcards. */
function urlOf(listen: ListenAddress): string {
  const loopback = listen.family === 4 ? '127.0.0.1' : '::1';
  const address = isWildcard(listen) ? loopback : listen.address;
  return `http://${formatListenAddress({ address, port: listen.port })}`;
}

/** `ns1.`, `ns2.`, … for each address that is listened at. */
function nameserversOf(
  listen: NonNullable<Parsed['nameserver']>['listen'],
): NonNullable<NonNullable<Parsed['probe']>['nameservers']> {
  return Object.fromEntries(listen.map((address, at) => [`ns${at + 1}.`, [address]]));
}
