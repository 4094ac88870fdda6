/**
 * What can go wrong with sockets before a single packet arrives. Each error names the address, the
 * cause, and what an operator can do; the codes are in docs/reference/errors.md.
 */
import { CodedError } from '#base/coded-error.ts';

export class NetError extends CodedError {}

/**
 * The coded error for a failed system call on a listen address.
 * @param doing `bind UDP`, `listen on TCP`: completes "cannot … 127.0.0.1:53"
 * @param errno symbolic name as Node and libc have it: `EADDRINUSE`
 */
export function socketError(doing: string, address: string, errno: string): NetError {
  const where = `cannot ${doing} ${address}`;
  switch (errno) {
    case 'EADDRINUSE':
      return new NetError(
        'NET_ADDRESS_IN_USE',
        `${where}: another program has this port; stop it (ss -lnptu shows it) or listen elsewhere`,
      );
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
    case 'ENODEV':
      return new NetError(
        'NET_ADDRESS_MISSING',
        `${where}: this machine has no such address (${errno}); ` +
          'add it to an interface or correct the configuration',
      );
    case 'EACCES':
    case 'EPERM':
      return new NetError(
        'NET_PERMISSION',
        `${where}: not permitted (${errno}); ports below 1024 need root or CAP_NET_BIND_SERVICE`,
      );
    case 'EMFILE':
    case 'ENFILE':
      return new NetError(
        'NET_DESCRIPTORS',
        `${where}: no file descriptor left (${errno}); raise the limit (ulimit -n, LimitNOFILE=)`,
      );
    default:
      return new NetError('NET_SOCKET', `${where}: ${errno}; the operating system refused it`);
  }
}
