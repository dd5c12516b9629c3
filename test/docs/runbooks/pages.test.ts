import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseMonitor } from '../../charts/monitors/datadog-query';
import { ofKind } from '../../support/live';
import { root } from '../../support/root';

/** What a unit of the pages is in the unit of the metric. */
const units: Record<string, number> = {
  '%': 1,
  ms: 0.001,
  s: 1,
  min: 60,
  days: 1,
  client: 1,
  clients: 1,
  connections: 1,
  events: 1,
  hosts: 1,
  jobs: 1,
  'in a row': 1,
  node: 1,
  nodes: 1,
  'of the time': 1,
  pages: 1,
  requests: 1,
  Rollouts: 1,
  restarts: 1,
};

const alerts = ofKind('DatadogGenericResource')
  .filter(({ spec }) => spec.type !== 'dashboard')
  .map(({ metadata: { name }, spec }) => ({ name, json: JSON.parse(spec.jsonSpec) }));
const monitors = alerts.filter(({ json }) => json.options.thresholds);

/** `Warning: > 1 min · Page: > 5 min`, the line below the title; `Critical` of an alert that pages nobody. */
function stated(name: string): Record<string, string | undefined> {
  const [, , line = ''] = readFileSync(join(root, `docs/runbooks/alerts/${name}.md`), 'utf8').split('\n');
  return Object.fromEntries(
    line.split(' · ').map((part) => {
      const [, level, sign = '', amount, unit] =
        /^(Warning|Page|Critical): (?:([<>]=?) )?([\d,.]+) (.+)$/.exec(part) ?? [];
      if (!level || !amount || !unit || !units[unit]) return ['unreadable', part];
      return [level, `${sign}${Number((Number(amount.replaceAll(',', '')) * units[unit]).toPrecision(12))}`];
    }),
  );
}

test('every alert but the check from outside has thresholds', () => {
  expect(monitors.length).toBeGreaterThan(10);
  expect(alerts.filter((alert) => !monitors.includes(alert)).map(({ name }) => name)).toEqual(['unreachable']);
});

test.each(monitors)("the page of $name states its monitor's thresholds", ({ name, json }) => {
  const { warning, critical } = json.options.thresholds;
  const sign = parseMonitor(json.query).comparison?.is ?? '';
  const file = `docs/runbooks/alerts/${name}.md`;
  expect({ file, ...stated(name) }).toEqual({
    file,
    ...(warning !== undefined && { Warning: `${sign}${warning}` }),
    [json.tags.includes('pages:true') ? 'Page' : 'Critical']: `${sign}${critical}`,
  });
});
