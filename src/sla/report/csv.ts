/**
 * CSV as RFC 4180 has it: UTF-8, CRLF. A text that a spreadsheet would take for a formula gets an
 * apostrophe before it.
 */
export type CsvValue = string | number | undefined;

export function formatCsv(rows: readonly (readonly CsvValue[])[]): string {
  return rows.map((row) => `${row.map((value) => csvField(value)).join(',')}\r\n`).join('');
}

function csvField(value: CsvValue): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
