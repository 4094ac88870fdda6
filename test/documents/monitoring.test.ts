// Alarms and dashboards that ship ask for metrics that there are, and each alarm says what to do.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const RULES = ['recording', 'server-alerts', 'contract-alerts'];
const DASHBOARDS = ['server', 'contracts'];
/** Of the process that runs only where there is a register. */
const REPLICA_METRICS = ['holdfast_rdds_replica_lag_seconds'];

interface Rule {
  alert?: string;
  record?: string;
  expr: string;
  labels?: { severity?: string };
  annotations?: { summary: string; action: string; runbook: string };
}

interface Panel {
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { expr: string }[];
}

interface Dashboard {
  panels: Panel[];
  templating: { list: { query: string | { query: string } }[] };
}

function rulesOf(name: string): Rule[] {
  const file = parse(readFileSync(`config/prometheus/${name}.yml`, 'utf8')) as {
    groups: { rules: Rule[] }[];
  };
  return file.groups.flatMap((group) => group.rules);
}

function dashboard(name: string): Dashboard {
  return JSON.parse(readFileSync(`config/grafana/${name}.json`, 'utf8')) as Dashboard;
}

/** Names of metrics and recording rules in a query: what is no function, label or text of it. */
function namesIn(query: string): string[] {
  return [
    ...query.replaceAll(/"[^"]*"/g, '').matchAll(/[a-z_]+:[\w:]+|\b(?:holdfast|sla)_\w+/g),
  ].map(([name]) => name);
}

const rules = RULES.flatMap(rulesOf);
const page = readFileSync('docs/reference/metrics.md', 'utf8');
const known = new Set([
  ...[...page.matchAll(/^\| `(\w+)` \| (\w+)/gm)].flatMap(([, name = '', type]) =>
    type === 'histogram' ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  ),
  ...rules.flatMap(({ record }) => (record === undefined ? [] : [record])),
  ...REPLICA_METRICS,
]);

describe('the rules for Prometheus', () => {
  it('ask for metrics that some process has', () => {
    const asked = rules.flatMap(({ expr }) => namesIn(expr));
    expect(asked.length).toBeGreaterThan(50);
    expect(asked.filter((name) => !known.has(name))).toEqual([]);
  });

  it('say of each alarm what is wrong, how urgent it is, what to do and where it is told', () => {
    const alarms = readFileSync('docs/operations/alarms.md', 'utf8');
    const sections = new Map(
      alarms.split(/^## /m).map((section) => {
        const [title = ''] = section.split('\n');
        const anchor = title
          .toLowerCase()
          .replaceAll(/[^\w\- ]/g, '')
          .replaceAll(' ', '-');
        return [anchor, section];
      }),
    );
    const alerts = rules.filter(({ alert }) => alert !== undefined);
    const incomplete = alerts.filter(({ alert = '', labels, annotations }) => {
      const anchor = annotations?.runbook.replace('docs/operations/alarms.md#', '') ?? '';
      const isTold = sections.get(anchor)?.includes(`\`${alert}\``) === true;
      const isSaid = Boolean(annotations?.summary) && Boolean(annotations?.action);
      return (
        !isTold || !isSaid || !['critical', 'warning', 'none'].includes(labels?.severity ?? '')
      );
    });
    expect(incomplete).toEqual([]);
    const told = [...alarms.matchAll(/`((?:Holdfast|Sla)\w+|Watchdog)`/g)].map(([, name]) => name);
    expect(new Set(told)).toEqual(new Set(alerts.map(({ alert }) => alert)));
    expect(told).toHaveLength(alerts.length);
  });

  it('are tested, each alarm, as silent and as firing', () => {
    const tests = ['server-alerts', 'slow-alerts', 'contract-alerts'].flatMap((name) => {
      const file = parse(readFileSync(`config/prometheus/tests/${name}.test.yml`, 'utf8')) as {
        tests: { name: string; promql_expr_test: { exp_samples: unknown[] }[] }[];
      };
      return file.tests;
    });
    const untested = rules.flatMap(({ alert }) => {
      const own = tests
        .filter(({ name }) => name === alert)
        .flatMap((test) => test.promql_expr_test);
      const isFiring = own.some(({ exp_samples }) => exp_samples.length > 0);
      const isSilent = own.some(({ exp_samples }) => exp_samples.length === 0);
      const isEnough = isFiring && (isSilent || alert === 'Watchdog');
      return alert === undefined || isEnough ? [] : [alert];
    });
    expect(untested).toEqual([]);
  });
});

describe.each(DASHBOARDS)('the dashboard of %s', (name) => {
  const { panels, templating } = dashboard(name);

  it('asks for metrics that some process has', () => {
    const queries = [
      ...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
      ...templating.list.map(({ query }) => (typeof query === 'string' ? query : query.query)),
    ];
    const asked = queries.flatMap(namesIn);
    expect(asked.length).toBeGreaterThan(20);
    expect(asked.filter((each) => !known.has(each))).toEqual([]);
  });

  it('has a query in each panel, and no two panels in one place', () => {
    const shown = panels.filter(({ type }) => type !== 'row');
    expect(shown.filter(({ targets = [] }) => targets.length === 0)).toEqual([]);
    const overlapping = panels.filter((a, at) =>
      panels.slice(at + 1).some((b) => {
        const isBeside =
          a.gridPos.x + a.gridPos.w <= b.gridPos.x || b.gridPos.x + b.gridPos.w <= a.gridPos.x;
        const isBelow =
          a.gridPos.y + a.gridPos.h <= b.gridPos.y || b.gridPos.y + b.gridPos.h <= a.gridPos.y;
        return !isBeside && !isBelow;
      }),
    );
    expect(overlapping.map(({ title }) => title)).toEqual([]);
  });
});
