/**
 * The register's end of the stream as `holdfast serve` offers it: the real route behind the real
 * key, on a port that stays the same while the door is shut and opened again.
 */
import { onTestFinished } from 'vitest';
import {
  RegisterStreamAdapter,
  type StreamedRegister,
} from '#app/adapters/register-stream-port.ts';
import { type Clock, openClock } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { seededRandom } from '#base/random.ts';
import { RequestRates } from '#base/request-rates.ts';
import { demandKey, prepareAccess, replicaKeyAuthenticator } from '#http/api/access.ts';
import { describeApi } from '#http/api/openapi.ts';
import { registerRegistryStream } from '#http/api/registry-stream.ts';
import { ApiKey } from '#http/api-key.ts';
import { type HttpServer, openHttpServer } from '#http/server.ts';
import { freePort } from '../free-port.ts';

export const REPLICA_KEY = 'replica-key-of-the-test';

export interface RegisterDoor {
  url: string;
  open(): Promise<void>;
  shut(): Promise<void>;
}

/** Open, and shut when the test ends. @param clock the register's */
export async function openRegisterDoor(
  register: StreamedRegister,
  clock: Clock,
): Promise<RegisterDoor> {
  const port = await freePort();
  let server: HttpServer | undefined;
  const shut = async (): Promise<void> => {
    await server?.close();
    server = undefined;
  };
  const open = async (): Promise<void> => {
    server = await openHttpServer({
      listen: { host: '127.0.0.1', port },
      log: silentLog(),
      clock: openClock({ kind: 'system' }),
      random: seededRandom(1),
    });
    const { app } = server;
    const rates = new RequestRates({ perSecond: 0, burst: 1 }, clock);
    const authenticator = replicaKeyAuthenticator(new ApiKey(REPLICA_KEY));
    prepareAccess(app);
    await describeApi(app, '1.0.0');
    await app.register(
      async (own) => {
        demandKey(own, { authenticator, requests: rates, failures: rates }, 'Holdfast');
        registerRegistryStream(own, new RegisterStreamAdapter(register, clock));
      },
      { prefix: '/api/holdfast/v1' },
    );
    await server.listen();
  };
  await open();
  onTestFinished(shut);
  return { url: `http://127.0.0.1:${port}`, open, shut };
}
