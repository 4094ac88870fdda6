/** Who sends a command, and under which transaction ids. */
export interface Caller {
  /** Registrar id; the operator is `OPERATOR`, the register's own jobs are `REGISTER`. */
  registrar: string;
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

/** The operator and the register's own jobs. */
export function isOperator({ registrar }: Pick<Caller, 'registrar'>): boolean {
  return registrar === OPERATOR || registrar === REGISTER;
}
