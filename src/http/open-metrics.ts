/**
 * Prometheus's text format 0.0.4 turned into OpenMetrics 1.0. Done on the text because the registry
 * can write only one of the two at a time, and renames its counters for good when it writes
 * OpenMetrics. The differences that matter: a counter's family has no `_total` (its samples do),
 * no blank lines, `unknown` for untyped, and `# EOF` at the end.
 */

export const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8';
export const OPEN_METRICS_TEXT = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** `text` is a whole exposition whose HELP and TYPE lines stand before their samples. */
export function openMetricsText(text: string): string {
  const counters = new Set(
    [...text.matchAll(/^# TYPE (\S+) counter$/gm)].map(([, name]) => name ?? ''),
  );
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    if (line !== '') lines.push(openMetricsLine(line, counters));
  }
  return `${lines.join('\n')}\n# EOF\n`;
}

function openMetricsLine(line: string, counters: ReadonlySet<string>): string {
  const comment = /^# (HELP|TYPE) (\S+)(.*)$/.exec(line);
  if (comment !== null) {
    const [, word = '', name = '', rest = ''] = comment;
    const family = counters.has(name) ? name.replace(/_total$/, '') : name;
    return `# ${word} ${family}${rest === ' untyped' ? ' unknown' : rest}`;
  }
  const name = /^[^\s{]+/.exec(line)?.[0] ?? '';
  if (!counters.has(name) || name.endsWith('_total')) return line;
  return `${name}_total${line.slice(name.length)}`;
}
