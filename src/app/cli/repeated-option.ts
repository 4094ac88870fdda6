/** Commander's way to take an option several times, as a list in the order given. */
export function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}
