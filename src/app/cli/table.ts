/** Columns for people: padded to the widest cell, two blanks between. Scripts ask for JSON. */
export function formatTable(head: readonly string[], rows: readonly string[][]): string {
  const widths = head.map((title, at) =>
    rows.reduce((width, row) => Math.max(width, row[at]?.length ?? 0), title.length),
  );
  const line = (cells: readonly string[]): string =>
    `${cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd()}\n`;
  return [head, ...rows].map(line).join('');
}
