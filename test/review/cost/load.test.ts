import type { Settings } from '../../../charts/settings';
import { loadTable, partsOf } from '../../../review/cost/load';
import { loadBars } from '../../../review/page/bill';
import { settings, tree } from '../ours';

const ofProduction = (change: (environment: any) => void): Settings => ({
  ...settings,
  sites: settings.sites.map((site) => {
    if (site.environment.name !== 'production') return site;
    const environment = structuredClone(site.environment);
    change(environment);
    return { ...site, environment };
  }),
});
const holds = (name: string, changed = settings) =>
  partsOf({ tree, settings: changed }).find((part) => part.name.startsWith(`production: ${name}`))
    ?.holds as number;
const { environment } = settings.sites.find(({ environment: { aws } }) => aws) as Settings['sites'][number];

test('the parts of an environment on AWS stand in the order in which they give out, and what nobody measured is said', () => {
  const parts = partsOf({ tree, settings });
  const known = parts.flatMap(({ holds: each }) => each ?? []);
  expect(known).toEqual([...known].sort((a, b) => a - b));
  expect(known.length).toBeGreaterThan(5);
  expect(parts.at(-1)).toMatchObject({
    name: 'production: CPU of the database',
    from: expect.stringContaining('not measured'),
  });
  expect(parts.filter(({ name }) => !name.startsWith(`${environment.name}: `))).toEqual([]);
  for (const { holds: each, times } of parts)
    if (each) expect(times).toBeCloseTo(each / environment.web.limits.peak);
});

test.each<[string, (of: any) => void, number]>([
  ['Pools', (of) => (of.pgbouncer.webPool *= 2), 2],
  ['Limit of one address', (of) => (of.web.limits.address *= 3), 3],
  [
    'Autoscaler',
    (of) => (of.web.resources.cpu = '600m'),
    600 / Number.parseInt(environment.web.resources.cpu, 10),
  ],
  ['Workers', (of) => (of.web.puma.threads = 3), 3 / environment.web.puma.threads],
  ['Memory of Redis', (of) => (of.aws.cache.node = 'cache.t4g.small'), 1402 / 512],
])('%s holds more with a larger setting', (name, change, times) => {
  expect(holds(name, ofProduction(change))).toBeCloseTo(times * holds(name));
});

test('the CPU of the nodes is less what other pods ask for', () => {
  const { nodeGroups } = settings.cluster;
  const app = { ...nodeGroups.app, max: (nodeGroups.app?.max ?? 0) + 1 } as NonNullable<typeof nodeGroups.app>;
  const cluster = { ...settings.cluster, nodeGroups: { ...nodeGroups, app } };
  const more = holds('CPU of the nodes', { ...settings, cluster }) - holds('CPU of the nodes');
  // Two vCPU, of which the DaemonSets of the node take some.
  expect(more).toBeGreaterThan(0);
  expect(more).toBeLessThan(2000 / 26);
});

test('the page draws a bar for each part, of two states only when they differ', () => {
  const facts = { tree, settings };
  const page = loadBars({ after: facts })?.text ?? '';
  expect(page.match(/class="track"/g)).toHaveLength(loadTable(facts).rows.length);
  expect(loadBars({ before: facts, after: facts })).toBeUndefined();
  const after = { tree, settings: ofProduction((of) => (of.pgbouncer.webPool *= 2)) };
  const [before, then] = [holds('Pools'), holds('Pools', after.settings)].map((each) => each.toFixed(0));
  expect(loadBars({ before: facts, after })?.text).toContain(`${before} → ${then} requests a second`);
});
