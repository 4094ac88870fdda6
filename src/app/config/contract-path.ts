/** How a configuration names a contract: the id of a shipped one, or a file from its own folder. */

/** True for a file. */
export function isContractPath(idOrPath: string): boolean {
  return /[/\\]|\.ya?ml$/.test(idOrPath);
}
