/**
 * What operators and replicas see of the register: its resources of the admin API, and the key that
 * replicas follow it with.
 */
import { BrakeAdapter } from '#app/adapters/brake-port.ts';
import { RegisterStreamAdapter } from '#app/adapters/register-stream-port.ts';
import { RegistryAdapter } from '#app/adapters/registry-port.ts';
import type { OpenRegister } from '#app/register.ts';
import type { ProcessParts } from '#app/running-process.ts';
import { type Authenticator, replicaKeyAuthenticator } from '#http/api/access.ts';
import type { AdminPorts } from '#http/api/admin-ports.ts';
import { loadApiKey } from '#http/api-key.ts';

/** @throws HttpError of the file of the key */
export async function openReplicaKey(
  path: string,
  { random, log }: ProcessParts,
): Promise<Authenticator> {
  const { key, made, exposed } = await loadApiKey(path, random);
  if (made) log.info({ path }, 'made a key for replicas of the register');
  if (exposed) log.warn({ path }, 'others may read the key of replicas: chmod 600 it');
  return replicaKeyAuthenticator(key);
}

export function registerPorts(
  { register, runner, context, publisher, brake }: OpenRegister,
  { clock }: ProcessParts,
): Required<Pick<AdminPorts, 'registry' | 'registryStream' | 'brakes'>> {
  return {
    registry: new RegistryAdapter(context, runner),
    registryStream: new RegisterStreamAdapter(register, clock),
    brakes: new BrakeAdapter(brake, publisher),
  };
}
