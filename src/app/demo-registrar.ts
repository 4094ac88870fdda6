/**
 * The registrar to try things with: in the register like any other, not billed, its certificate
 * pinned, its password in a file that is written when it is made. Without that file it gets a new
 * password, as nobody knows the old one.
 */
import { stat } from 'node:fs/promises';
import type { DemoAuthority } from '#app/demo-authority.ts';
import type { ProcessParts } from '#app/running-process.ts';
import { writeFileAtomic } from '#base/atomic-file.ts';
import { errorCode } from '#base/coded-error.ts';
import type { CommandContext } from '#registry/flow/command-context.ts';
import {
  registrarCreate,
  registrarPassword,
  registrarUpdate,
} from '#registry/flow/operator/registrar-accounts.ts';
import type { Caller } from '#registry/model/caller.ts';

/** @throws RegistryError, StoreError, or what the file system says */
export async function openDemoRegistrar(
  context: CommandContext,
  {
    id,
    certificate,
    key,
    passwordFile,
    certificateSha256,
  }: NonNullable<DemoAuthority['registrar']>,
  caller: Caller,
  { log }: ProcessParts,
): Promise<void> {
  const known = await context.register.registrar(id);
  const certificates = [certificateSha256];
  if (known === undefined) {
    const profile = {
      name: 'A registrar to try things with',
      certificates,
      networks: [],
      tlds: [],
      state: 'active' as const,
      testing: true,
      credit: {},
    };
    const { password } = await registrarCreate(context, id, profile, caller);
    await writeFileAtomic(passwordFile, `${password}\n`, 0o600);
    log.info({ id, certificate, key, passwordFile }, 'made a registrar to try EPP with');
    return;
  }
  if (known.certificates.join() !== certificates.join()) {
    await registrarUpdate(context, id, { certificates }, caller);
  }
  if (await exists(passwordFile)) return;
  await writeFileAtomic(passwordFile, `${await registrarPassword(context, id, caller)}\n`, 0o600);
  log.info({ id, passwordFile }, 'gave the registrar to try EPP with a new password');
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}
