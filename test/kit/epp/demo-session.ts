/** A session of the registrar that a server makes for trying (`epp.demoRegistrar`). */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EppTestClient, loginCommand } from './epp-client.ts';
import { done } from './epp-objects.ts';

/** Logged in. @param data the server's data folder */
export async function openDemoSession(
  data: string,
  port: number,
  id = 'demo-rar',
): Promise<EppTestClient> {
  const read = async (name: string): Promise<string> => readFile(join(data, 'epp', name), 'utf8');
  const client = await EppTestClient.greeted({
    port,
    ca: await read('ca.pem'),
    certificate: await read(`registrar-${id}.pem`),
    key: await read(`registrar-${id}.key`),
  });
  const password = (await read(`registrar-${id}.password`)).trim();
  await done(client, loginCommand({ id, password }));
  return client;
}
