/**
 * Reading Prometheus's text format 0.0.4, as much as evidence needs: samples without time stamps,
 * named as they stand there, labels and all. What is no sample is skipped: a scrape keeps what it
 * can read.
 */

/** `name{label="value"}` to its value; NaN and infinities are left out, JSON has none. */
export function parseExposition(text: string): Map<string, number> {
  const samples = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) continue;
    const parts = /^([a-zA-Z_:][\w:]*(?:\{.*\})?)\s+(\S+)(?:\s+\S+)?$/.exec(line);
    if (parts === null) continue;
    const value = Number(parts[2]);
    if (Number.isFinite(value)) samples.set(parts[1] ?? '', value);
  }
  return samples;
}

/** A sample's name as `/metrics` writes it; labels in alphabetical order. */
export function formatSampleName(
  name: string,
  labels: readonly (readonly [string, string])[],
): string {
  const written = labels.map(([label, value]) => `${label}="${escapeValue(value)}"`).sort();
  return written.length === 0 ? name : `${name}{${written.join(',')}}`;
}

function escapeValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
