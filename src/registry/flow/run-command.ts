/**
 * The door to the register: every command, whoever sends it (EPP session, operator, job), goes
 * through `CommandRunner.run`. It sees that the caller may send commands at all and calls the
 * function of the command's kind; each of these is a file of its own and checks the rest.
 */
import { type Caller, isOperator } from '#registry/model/caller.ts';
import type { CommandOutcome, RegistryCommand } from '#registry/model/command.ts';
import { RESULT, RegistryError } from '#registry/model/result.ts';
import type { CommandContext, CommandFunction } from './command-context.ts';
import { contactCheck } from './contact-check.ts';
import { contactCreate } from './contact-create.ts';
import { contactDelete } from './contact-delete.ts';
import { contactInfo } from './contact-info.ts';
import { contactTransfer } from './contact-transfer.ts';
import { contactUpdate } from './contact-update.ts';
import { domainCheck } from './domain-check.ts';
import { domainCreate } from './domain-create.ts';
import { domainDelete } from './domain-delete.ts';
import { domainInfo } from './domain-info.ts';
import { domainRenew } from './domain-renew.ts';
import { domainTransfer } from './domain-transfer.ts';
import { domainUpdate } from './domain-update.ts';
import { hostCheck } from './host-check.ts';
import { hostCreate } from './host-create.ts';
import { hostDelete } from './host-delete.ts';
import { hostInfo } from './host-info.ts';
import { hostUpdate } from './host-update.ts';
import { pollAcknowledge, pollRequest } from './poll.ts';

type Kind = RegistryCommand['kind'];
type FunctionOf<K extends Kind> = CommandFunction<Extract<RegistryCommand, { kind: K }>>;

const FUNCTIONS: { readonly [K in Kind]: FunctionOf<K> } = {
  'contact:check': contactCheck,
  'contact:create': contactCreate,
  'contact:delete': contactDelete,
  'contact:info': contactInfo,
  'contact:transfer': contactTransfer,
  'contact:update': contactUpdate,
  'domain:check': domainCheck,
  'domain:create': domainCreate,
  'domain:delete': domainDelete,
  'domain:info': domainInfo,
  'domain:renew': domainRenew,
  'domain:transfer': domainTransfer,
  'domain:update': domainUpdate,
  'host:check': hostCheck,
  'host:create': hostCreate,
  'host:delete': hostDelete,
  'host:info': hostInfo,
  'host:update': hostUpdate,
  'poll:ack': pollAcknowledge,
  'poll:req': pollRequest,
};

/** What a suspended registrar may still do: nothing here changes an object. */
const READING: ReadonlySet<Kind> = new Set<Kind>([
  'contact:check',
  'contact:info',
  'domain:check',
  'domain:info',
  'host:check',
  'host:info',
  'poll:ack',
  'poll:req',
]);

export class CommandRunner {
  readonly #context: CommandContext;

  constructor(context: CommandContext) {
    this.#context = context;
  }

  /**
   * Resolves when what the command did is durable.
   * @throws RegistryError for what must not be done; CodedError `STORE_…` when the disk does not
   * take it. Nothing has changed then, but after STORE_WRITE_FAILED nobody knows.
   */
  async run(command: RegistryCommand, caller: Caller): Promise<CommandOutcome> {
    await this.#requireActive(command, caller);
    // The table pairs every kind with the function of that kind, which the compiler cannot follow.
    const run = FUNCTIONS[command.kind] as CommandFunction<RegistryCommand>;
    return run(this.#context, command, caller);
  }

  async #requireActive(command: RegistryCommand, caller: Caller): Promise<void> {
    if (isOperator(caller)) return;
    const { registrar: id } = caller;
    const registrar = await this.#context.register.registrar(id);
    if (registrar === undefined) {
      throw new RegistryError(RESULT.authorization, `there is no registrar ${id}`);
    }
    if (registrar.state === 'active' || READING.has(command.kind)) return;
    const isQuery = 'operation' in command && command.operation === 'query';
    if (!isQuery) {
      throw new RegistryError(RESULT.authorization, 'the registrar is suspended and may only read');
    }
  }
}
