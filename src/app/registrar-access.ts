/**
 * Registrars' way into the register: the EPP server with its certificates, which are read again
 * when their files change. Without files of its own the server makes an authority for loopback, and
 * looks after its certificates once a day.
 */
import type { Registry } from 'prom-client';
import { PrometheusEppMetrics } from '#app/adapters/epp-metrics.ts';
import type { Configuration } from '#app/config/configuration.ts';
import { requireSection } from '#app/config/require-section.ts';
import { type DemoAuthority, openDemoAuthority } from '#app/demo-authority.ts';
import { openDemoRegistrar } from '#app/demo-registrar.ts';
import { type OpenRegister, registerCaller } from '#app/register.ts';
import { repeatEvery } from '#app/repeat-every.ts';
import type { ProcessParts } from '#app/running-process.ts';
import { TlsCertificate } from '#app/tls-certificate.ts';
import { errorMessage } from '#base/coded-error.ts';
import { formatListenAddress } from '#net/listen-address.ts';
import { type EppServer, type EppTls, startEppServer } from '#registry/epp/epp-server.ts';

const RENEW_INTERVAL_MS = 86_400_000;
/** `<svID>` where the server has no identity. */
const SERVER_ID_DEFAULT = 'Holdfast';
const SERVER_ID_SIZE = { min: 3, max: 64 };

export interface RegistrarSurroundings {
  opened: OpenRegister;
  registry: Registry;
}

/**
 * @returns where it listens, and how its certificates are read again
 * @throws CodedError TLS_FILE, EPP_DEMO_FILES; NetError of the address or the certificate
 */
export async function openRegistrarAccess(
  configuration: Configuration,
  { opened, registry }: RegistrarSurroundings,
  parts: ProcessParts,
  stack: AsyncDisposableStack,
): Promise<{ address: string; reload: () => Promise<void> }> {
  const epp = requireSection(configuration, 'epp');
  const { listen } = epp;
  const files = epp.tls ?? (await openDemo(configuration, opened, parts, stack)).server;
  const certificate = await TlsCertificate.open('epp.tls', { ...files, listen: [listen] }, parts);
  let tls = certificate.credentials;
  const server: EppServer = await startEppServer({
    listen,
    tls: async () => tls as EppTls,
    runner: opened.runner,
    register: opened.register,
    ...parts,
    metrics: new PrometheusEppMetrics(registry),
    announce: { serverId: serverIdOf(configuration.nameserver?.identity) },
  });
  stack.defer(() => server.close());
  const use = (next: typeof tls): void => {
    tls = next;
    server.reload().catch((error: unknown) => {
      parts.log.error({ reason: errorMessage(error) }, 'EPP keeps its old certificate');
    });
  };
  const watching = certificate.watch(use);
  stack.defer(() => watching.close());
  return {
    address: formatListenAddress(server.address),
    reload: () => certificate.reload(use),
  };
}

async function openDemo(
  configuration: Configuration,
  opened: OpenRegister,
  parts: ProcessParts,
  stack: AsyncDisposableStack,
): Promise<DemoAuthority> {
  const { clock, random, log } = parts;
  const { data } = configuration;
  const epp = requireSection(configuration, 'epp');
  const wanted = { data, address: epp.listen.address, registrar: epp.demoRegistrar };
  const open = async (): Promise<DemoAuthority> => {
    const authority = await openDemoAuthority(wanted, parts);
    const { registrar } = authority;
    const caller = registerCaller(clock.nowMs(), random);
    if (registrar !== undefined) {
      await openDemoRegistrar(opened.context, registrar, caller, parts);
    }
    return authority;
  };
  const authority = await open();
  const renewing = repeatEvery(RENEW_INTERVAL_MS, async () => {
    try {
      await open();
    } catch (error) {
      log.error({ reason: errorMessage(error) }, 'certificates for EPP cannot be renewed');
    }
  });
  stack.defer(() => renewing.close());
  return authority;
}

/** The identity without its final dot; where that is no `<svID>`, the program's name. */
function serverIdOf(identity = ''): string {
  const id = identity.replace(/\.$/, '');
  const fits = id.length >= SERVER_ID_SIZE.min && id.length <= SERVER_ID_SIZE.max;
  return fits ? id : SERVER_ID_DEFAULT;
}
