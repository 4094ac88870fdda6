/** Who sends a command, and under which transaction ids. */
export interface Caller {
  /** Registrar id; the operator is `OPERATOR`, the register's own jobs are `REGISTER`. */
  registrar: string;
  /**
   * Who it is that acts as the operator, as the journal of zones and the audit log call them:
   * `admin-key`, `token:NAME`. Not for registrars, who are told of OPERATOR.
   */
  actor?: string;
  /** IP address; absent for jobs. */
  address?: string;
  /** The client's own id of the command. */
  clTrid?: string;
  /** Ours: unique, in the log, the journal and the receipt. */
  svTrid: string;
  /** Why, in the operator's words; for the journal. */
  reason?: string;
  /** When the command's last octet was here. */
  receivedAtMs: number;
}

/** May do what no registrar may. Neither can be a registrar's id: they are reserved. */
export const OPERATOR = 'OPERATOR';
export const REGISTER = 'REGISTER';

/** The caller's name for auditors, as the journal of zones has it. */
export function actorOf({ actor, registrar }: Pick<Caller, 'actor' | 'registrar'>): string {
  return actor ?? registrar;
}

/** The operator and the register's own jobs. */
export function isOperator({ registrar }: Pick<Caller, 'registrar'>): boolean {
  return registrar === OPERATOR || registrar === REGISTER;
}
