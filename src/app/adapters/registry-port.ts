/**
 * The register of names, joined to the admin API: the operator's commands run as OPERATOR, which is
 * what registrars are told, and under the id of their request, in which the audit log and the
 * register's journal meet; both name who asked. A refusal keeps the register's code and reason.
 */
import { formatInstant } from '#base/clock.ts';
import { ApiError, cursorUnknown, objectMissing } from '#http/api/api-error.ts';
import type {
  Lock,
  NewNotice,
  NewTld,
  ObjectDocument,
  RegisterRecord,
  RegistrarChange,
  RegistrarProfile,
  RegistrarView,
  RegistryContext,
  RegistryPort,
  ReservedNameView,
  TldRules,
  TldView,
  TransactionView,
} from '#http/api/registry-ports.ts';
import type { StoredRegister } from '#registry/db/stored-register.ts';
import type { CommandContext } from '#registry/flow/command-context.ts';
import { domainLock } from '#registry/flow/operator/domain-locks.ts';
import { maintenanceAnnounce } from '#registry/flow/operator/maintenance-notices.ts';
import {
  registrarCreate,
  registrarDelete,
  registrarPassword,
  registrarTopUp,
  registrarUpdate,
} from '#registry/flow/operator/registrar-accounts.ts';
import { reservedDelete, reservedPut } from '#registry/flow/operator/reserved-names.ts';
import { tldCreate, tldDelete, tldUpdate } from '#registry/flow/operator/tld-policy.ts';
import type { CommandRunner } from '#registry/flow/run-command.ts';
import { type Caller, OPERATOR } from '#registry/model/caller.ts';
import type { AuditedChange } from '#registry/model/register-change.ts';
import type { Registrar } from '#registry/model/registrar.ts';
import { RESULT, RegistryError, type ResultCode } from '#registry/model/result.ts';

export class RegistryAdapter implements RegistryPort {
  readonly #register: StoredRegister;
  readonly #runner: CommandRunner;
  readonly #context: CommandContext;

  constructor(context: CommandContext & { register: StoredRegister }, runner: CommandRunner) {
    this.#register = context.register;
    this.#runner = runner;
    this.#context = context;
  }

  async registrars(): Promise<RegistrarView[]> {
    return (await this.#register.registrars()).map(viewOf);
  }

  async findRegistrar(id: string): Promise<RegistrarView | undefined> {
    const registrar = await this.#register.registrar(id);
    return registrar && viewOf(registrar);
  }

  async createRegistrar(
    id: string,
    profile: RegistrarProfile,
    context: RegistryContext,
  ): Promise<{ registrar: RegistrarView; password: string }> {
    const made = await refusing(registrarCreate(this.#context, id, profile, callerOf(context)));
    return { registrar: viewOf(made.registrar), password: made.password };
  }

  async changeRegistrar(
    id: string,
    change: RegistrarChange,
    context: RegistryContext,
  ): Promise<RegistrarView> {
    const changing = registrarUpdate(this.#context, id, change, callerOf(context));
    return viewOf(await refusing(changing));
  }

  resetPassword(id: string, context: RegistryContext): Promise<string> {
    return refusing(registrarPassword(this.#context, id, callerOf(context)));
  }

  async moveBalance(
    id: string,
    move: { currency: string; amount: number },
    context: RegistryContext,
  ): Promise<RegistrarView> {
    return viewOf(await refusing(registrarTopUp(this.#context, id, move, callerOf(context))));
  }

  deleteRegistrar(id: string, context: RegistryContext): Promise<void> {
    return refusing(registrarDelete(this.#context, id, callerOf(context)));
  }

  tlds(): TldView[] {
    return [...this.#register.tlds()];
  }

  createTld(tld: NewTld, context: RegistryContext): Promise<TldView> {
    return refusing(tldCreate(this.#context, tld, callerOf(context)));
  }

  changeTld(name: string, change: Partial<TldRules>, context: RegistryContext): Promise<TldView> {
    return refusing(tldUpdate(this.#context, name, change, callerOf(context)));
  }

  deleteTld(name: string, context: RegistryContext): Promise<void> {
    return refusing(tldDelete(this.#context, name, callerOf(context)));
  }

  reservedNames(tld: string): ReservedNameView[] {
    if (this.#register.tlds().every(({ name }) => name !== tld)) throw objectMissing('TLD', tld);
    return this.#register.reservedNames(tld);
  }

  putReservedName(
    name: ReservedNameView,
    context: RegistryContext,
  ): Promise<{ name: ReservedNameView; isNew: boolean }> {
    return refusing(reservedPut(this.#context, name, callerOf(context)));
  }

  deleteReservedName(tld: string, label: string, context: RegistryContext): Promise<void> {
    return refusing(reservedDelete(this.#context, { tld, label }, callerOf(context)));
  }

  async findObject(
    type: 'domain' | 'host' | 'contact',
    key: string,
  ): Promise<ObjectDocument | undefined> {
    const read = {
      domain: () => this.#register.domain(key.toLowerCase()),
      host: () => this.#register.host(key.toLowerCase()),
      contact: () => this.#register.contact(key),
    };
    const found = await read[type]();
    return found && (documentOf(found) as ObjectDocument);
  }

  async lockDomain(
    name: string,
    statuses: readonly Lock[],
    context: RegistryContext,
  ): Promise<ObjectDocument> {
    const locking = domainLock(this.#context, this.#runner, { name, statuses }, callerOf(context));
    return documentOf((await refusing(locking)).domain) as ObjectDocument;
  }

  async announceMaintenance(
    given: NewNotice,
    context: RegistryContext,
  ): Promise<{ notice: ObjectDocument; registrarCount: number }> {
    const announcing = maintenanceAnnounce(this.#context, given, callerOf(context));
    const { notice, registrarCount } = await refusing(announcing);
    return { notice: documentOf(notice) as ObjectDocument, registrarCount };
  }

  transactions(month: string): Promise<TransactionView[]> {
    return this.#register.transactions(month);
  }

  async journal(after: string | undefined, limit: number): Promise<RegisterRecord[]> {
    const entries = await this.#register.audit(this.#placeOf(after), limit);
    if (entries === undefined) throw cursorUnknown(after ?? '');
    return entries.map((entry) => documentOf(entry) as RegisterRecord);
  }

  exportJournal(
    after: string | undefined,
    fromMs: number,
    toMs: number,
  ): AsyncIterable<RegisterRecord> {
    return documentsWithin(this.#register.auditAll(this.#placeOf(after)), fromMs, toMs);
  }

  /** The number of a command that the journal keeps, or of the one before the oldest. */
  #placeOf(after: string | undefined): number {
    const { oldest, sequence } = this.#register;
    if (after === undefined) return oldest - 1;
    const place = /^\d{1,15}$/.test(after) ? Number(after) : Number.NaN;
    if (!(place >= oldest - 1 && place <= sequence)) throw cursorUnknown(after);
    return place;
  }
}

async function* documentsWithin(
  entries: AsyncIterable<AuditedChange>,
  fromMs: number,
  toMs: number,
): AsyncGenerator<RegisterRecord> {
  for await (const entry of entries) {
    // Not an end: the clock may have been set back in between.
    if (entry.atMs < fromMs || entry.atMs >= toMs) continue;
    yield documentOf(entry) as RegisterRecord;
  }
}

function callerOf({ actor, address, requestId, receivedAtMs, reason }: RegistryContext): Caller {
  return {
    registrar: OPERATOR,
    actor,
    address,
    svTrid: requestId,
    receivedAtMs,
    ...(reason !== undefined && { reason }),
  };
}

function viewOf({ passwordHash: _secret, ...registrar }: Registrar): RegistrarView {
  return registrar;
}

/** Members that never leave. */
const SECRETS: ReadonlySet<string> = new Set(['authInfo', 'passwordHash']);

/** A value of the register as JSON for people: instants as RFC 3339, nothing secret. */
function documentOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(documentOf);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([name]) => !SECRETS.has(name));
  return Object.fromEntries(members.map(([name, member]) => documentMember(name, member)));
}

function documentMember(name: string, value: unknown): [string, unknown] {
  const isInstant = name.endsWith('Ms') && typeof value === 'number';
  return isInstant ? [name.slice(0, -2), formatInstant(value)] : [name, documentOf(value)];
}

const STATUSES: Readonly<Partial<Record<ResultCode, number>>> = {
  [RESULT.missing]: 404,
  [RESULT.exists]: 409,
  [RESULT.pendingTransfer]: 409,
  [RESULT.statusProhibits]: 409,
  [RESULT.associationProhibits]: 409,
  [RESULT.failed]: 503,
};

/** The register's refusals as those of the API. */
async function refusing<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    const { code, result, reason, offender } = error;
    throw new ApiError(code, STATUSES[result] ?? 422, reason, {
      cause: error,
      members: offender === undefined ? {} : { offender: { ...offender } },
    });
  }
}
