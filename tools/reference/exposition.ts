/**
 * Metrics as a scrape shows them (Prometheus text format 0.0.4), and as the tables of the page of
 * metrics list them, so that one can be held against the other.
 */

export interface MetricFamily {
  name: string;
  /** counter, gauge, histogram or summary. */
  type: string;
  /**
   * Without those of the format itself (`le`, `quantile`), in alphabetical order. `undefined` for a
   * family that has no series in the scrape: its labels do not show.
   */
  labels: string[] | undefined;
}

const OF_THE_FORMAT: ReadonlySet<string> = new Set(['le', 'quantile']);
/** The series of a histogram or summary beside the one of its own name. */
const PART = /_(?:bucket|sum|count)$/;

/** The families of a scrape, in alphabetical order of their names. */
export function readFamilies(text: string): MetricFamily[] {
  const families = new Map<string, MetricFamily>();
  for (const line of text.split('\n')) {
    const [, name = '', type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (type !== undefined) families.set(name, { name, type, labels: undefined });
    const sample = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+$/.exec(line);
    if (sample === null) continue;
    const [, series = '', labels = ''] = sample;
    const family = families.get(series) ?? families.get(series.replace(PART, ''));
    if (family !== undefined) family.labels = unite(family.labels ?? [], labelsOf(labels));
  }
  return inOrder([...families.values()]);
}

/** The rows `| metric | type | labels | meaning |` below a heading of the page. */
export function listedFamilies(page: string, heading: string): MetricFamily[] {
  const start = page.indexOf(`\n${heading}\n`);
  const section = start < 0 ? '' : (page.slice(start + 1).split('\n## ')[0] ?? '');
  const rows = [...section.matchAll(/^\| `(\w+)` \| (\w+) \| ([\w` ]*)\|/gm)];
  return inOrder(
    rows.map(([, name = '', type = '', labels = '']) => ({
      name,
      type,
      labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label).sort(),
    })),
  );
}

function labelsOf(text: string): string[] {
  const labels = [...text.matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g)].map(([, label = '']) => label);
  return labels.filter((label) => !OF_THE_FORMAT.has(label));
}

function unite(some: readonly string[], others: readonly string[]): string[] {
  return [...new Set([...some, ...others])].sort();
}

function inOrder(families: MetricFamily[]): MetricFamily[] {
  return families.sort((a, b) => (a.name < b.name ? -1 : 1));
}
