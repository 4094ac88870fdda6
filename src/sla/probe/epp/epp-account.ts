/**
 * A registrar's account at an EPP server, and a session that is logged in to it. Each command's
 * answer must repeat the command's own id, or it answers something else.
 */

import { formatHex } from '#base/bytes.ts';
import type { Random } from '#base/random.ts';
import type { ListenAddress } from '#net/listen-address.ts';
import { AttemptFailure } from '../timed-attempt.ts';
import {
  type EppAnswer,
  isDone,
  type LoginOptions,
  login,
  logout,
  readAnswer,
} from './epp-commands.ts';
import { EppSession, type EppTls } from './epp-session.ts';

export interface EppAccount {
  tls: EppTls;
  id: string;
  objects: readonly string[];
  extensions: readonly string[];
  /** Asked before each login, so that a new one needs no restart. */
  readPassword: () => Promise<string>;
}

const ID_SIZE = 8;

export class EppClient {
  readonly #session: EppSession;
  readonly #random: Random;

  private constructor(session: EppSession, random: Random) {
    this.#session = session;
    this.#random = random;
  }

  /** Connected, greeted and not logged in yet. @throws AttemptFailure and what sockets throw */
  static async connect(
    server: ListenAddress,
    account: EppAccount,
    random: Random,
    signal: AbortSignal,
  ): Promise<EppClient> {
    return new EppClient(await EppSession.open(server, account.tls, signal), random);
  }

  /** @throws AttemptFailure `epp-login-refused` */
  async login(options: LoginOptions): Promise<void> {
    const answer = await this.ask((clientId) => login(options, clientId));
    if (!isDone(answer)) throw new AttemptFailure('epp-login-refused');
  }

  /** Ends the session and the connection. @throws AttemptFailure */
  async logout(): Promise<void> {
    const answer = await this.ask(logout);
    if (!isDone(answer)) throw new AttemptFailure('epp-command-failed');
    await this.#session.end();
  }

  /** @throws AttemptFailure `wrong-content` for an answer to another command */
  async ask(build: (clientId: string) => string): Promise<EppAnswer> {
    const clientId = `probe-${formatHex(this.#random.bytes(ID_SIZE))}`;
    const answer = readAnswer(await this.#session.ask(build(clientId)));
    if (answer.clientId !== clientId) throw new AttemptFailure('wrong-content');
    return answer;
  }

  /** The same for a command that must be done. @throws AttemptFailure `epp-command-failed` */
  async do(build: (clientId: string) => string): Promise<EppAnswer> {
    const answer = await this.ask(build);
    if (!isDone(answer)) throw new AttemptFailure('epp-command-failed');
    return answer;
  }

  close(): void {
    this.#session.close();
  }
}

/** What a login needs of the account. @throws AttemptFailure `no-credentials` */
export async function loginOf(account: EppAccount): Promise<LoginOptions> {
  const { id, objects, extensions, readPassword } = account;
  try {
    return { id, objects, extensions, password: await readPassword() };
  } catch {
    throw new AttemptFailure('no-credentials');
  }
}
