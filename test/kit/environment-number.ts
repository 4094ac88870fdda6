/** How much of a slow suite to run: a bounded default for CI, more by an environment variable. */
import process from 'node:process';

export function readEnvironmentNumber(name: string, fallback: number): number {
  const value = Number(process.env[name] ?? fallback);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${name} must be a whole number`);
  return value;
}
