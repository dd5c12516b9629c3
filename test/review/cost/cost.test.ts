import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { cacheNodeTypes, databaseClasses, instanceTypes } from '../../../charts/environments/infrastructure';
import { groupNamed } from '../../../charts/environments/node-groups';
import type { Settings } from '../../../charts/settings';
import { designTables } from '../../../commands/cheaper/design';
import { bill, cost, costOver, totalsOf } from '../../../review/cost/bill';
import { linesOf } from '../../../review/cost/lines';
import { hours, price, prices } from '../../../review/cost/prices';
import { usage } from '../../../review/cost/usage';
import { Tree } from '../../../review/model/tree';
import { root } from '../../support/root';
import { stack } from '../../support/stacks';
import { treeOf } from '../objects';
import { settings, tree } from '../ours';

const facts = { tree, settings };

function ofCluster(change: Partial<Settings['cluster']>): Settings {
  return { ...settings, cluster: { ...settings.cluster, ...change } };
}

type Aws = NonNullable<Settings['sites'][number]['environment']['aws']>;
function ofProduction(change: (aws: Aws) => Aws): Settings {
  const sites = settings.sites.map((site) => {
    const { aws } = site.environment;
    return aws ? { ...site, environment: { ...site.environment, aws: change(aws) } } : site;
  });
  return { ...settings, sites };
}

/** Dollars of a line at rest. */
function rest(name: string, changed: Settings = settings): number {
  const lines = linesOf({ tree, settings: changed }).filter((line) => line.name.startsWith(name));
  expect(lines).toHaveLength(1);
  return lines[0]?.rest ?? Number.NaN;
}

test('every price says what it is of, and where it is from', () => {
  const unsaid = Object.entries(prices).filter(
    ([, { price, unit, source, checked }]) =>
      !(price > 0) || !unit || !/^https:\/\/[a-z.]+\/.+$/.test(source) || !checked,
  );
  expect(unsaid).toEqual([]);
});

test('every size that the settings may name has a price', () => {
  for (const type of Object.keys(instanceTypes)) expect(price(`ec2.${type}`)).toBeGreaterThan(0);
  for (const type of Object.keys(databaseClasses)) expect(price(`rds.${type}`)).toBeGreaterThan(0);
  for (const type of Object.keys(cacheNodeTypes)) expect(price(`elasticache.${type}`)).toBeGreaterThan(0);
});

test('what has no price is named with the file to put it in', () => {
  expect(() => price('ec2.x1.huge')).toThrow('review/cost/prices.json: has no price of ec2.x1.huge; add it');
});

test("the design's table says 213 dollars, and 209.25 at the prices of today", () => {
  const [table] = cost(facts);
  const rows = table?.rows ?? [];
  const all = rows.find(([name]) => name === 'their table');
  expect(all?.slice(2, 4)).toEqual(['213.00', '209.25']);
  // The sum is of numbers that are rounded already.
  const theirs = rows.slice(0, 8);
  const sum = (column: number) => theirs.reduce((total, row) => total + Number(row[column]), 0);
  expect(sum(2)).toBe(213);
  expect(sum(3)).toBeCloseTo(209.25, 1);
});

test('what they forgot is listed, each for itself', () => {
  const names = linesOf(facts).flatMap(({ name, documents }) => (documents ? [] : [name]));
  for (const forgotten of [
    'Disks of nodes',
    'CPU credits',
    'NAT gateway',
    'Public IPv4 addresses',
    'Load balancer of the internal hosts',
    'Secrets Manager',
    'Volumes of staging',
    'Data between zones',
    'CloudWatch logs',
    'KMS',
    'ECR',
  ])
    expect(names).toContain(forgotten);
});

test('lines are counted by hand', () => {
  expect(rest('EKS control plane')).toBeCloseTo(730 * 0.1);
  expect(rest('EC2 nodes, app')).toBeCloseTo(3 * 730 * 0.0672);
  expect(rest('RDS PostgreSQL')).toBeCloseTo(730 * 0.018 + 20 * 0.115);
  // Two load balancers in two zones, and a NAT gateway.
  expect(rest('Public IPv4 addresses')).toBeCloseTo(5 * 730 * 0.005);
  // Units are of requests, which do not become more.
  expect(rest('Application Load Balancer')).toBeCloseTo(2 * 730 * 0.0225 + 0.1 * 730 * 0.008);
  expect(rest('Disks of nodes')).toBeCloseTo(3 * 20 * 0.08);
});

test.each([
  [
    'a NAT gateway for each zone is twice',
    'NAT gateway',
    ofCluster({ network: { ...settings.cluster.network, natGatewayPerZone: true } }),
    2,
  ],
  [
    'a second zone of the database is twice',
    'RDS PostgreSQL',
    ofProduction((aws) => ({ ...aws, database: { ...aws.database, multiAz: true } })),
    2,
  ],
  [
    'two replicas of the cache are three times',
    'ElastiCache Redis',
    ofProduction((aws) => ({ ...aws, cache: { ...aws.cache, replicas: 2 } })),
    3,
  ],
])('%s the price', (_, name, changed, times) => {
  expect(rest(name, changed)).toBeCloseTo(times * rest(name));
});

test('every alarm that Terraform makes is billed, whatever the settings call its threshold', () => {
  for (const replicas of [0, 5]) {
    const { resources } = stack('production', (all) => (all.environments[0].aws.cache.replicas = replicas));
    const changed = ofProduction((aws) => ({ ...aws, cache: { ...aws.cache, replicas } }));
    const made = resources.filter(({ type }) => type === 'aws_cloudwatch_metric_alarm').length;
    expect(rest('CloudWatch alarms', changed)).toBeCloseTo(Math.max(0, made - usage.free.alarms) * price('alarm'));
  }
});

test('a volume is billed to the environment that has it', () => {
  const claim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'a', namespace: 'production' },
  };
  const more = treeOf({ ...claim, spec: { resources: { requests: { storage: '7Gi' } } } });
  const lines = linesOf({ tree: new Tree([...tree.manifests, ...more.manifests]), settings });
  const volumes = lines
    .filter(({ name }) => name.startsWith('Volume'))
    .map(({ name, quantity }) => `${name}: ${quantity}`);
  expect(volumes).toEqual([
    'Volume of Jenkins: 20 GB gp3',
    'Volumes of production: 7 GB gp3',
    'Volumes of staging: 6 GB gp3',
  ]);
});

test('a secret that is read once costs its storage alone', () => {
  const spec = { refreshInterval: '0s', data: [{ secretKey: 'a', remoteRef: { key: 'a' } }] };
  const once = treeOf({
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { name: 'a', namespace: 'production' },
    spec,
  });
  const reading = linesOf({ tree: once, settings }).find(({ name }) => name === 'Reading of secrets');
  expect([reading?.quantity, reading?.expected]).toEqual(['0 thousand calls', 0]);
});

test('credits cost nothing where the instances are slowed down instead, or not burstable', () => {
  const credits = (changed: Settings) =>
    linesOf({ tree, settings: changed }).find(({ name }) => name === 'CPU credits')?.most;
  const { aws } = settings.cluster;
  expect(credits(settings)).toBeGreaterThan(0);
  expect(credits(ofCluster({ aws: { ...aws, nodes: { ...aws.nodes, cpuCredits: 'standard' } } }))).toBe(0);
  const steady = { ...groupNamed(settings.cluster, 'app'), instanceType: 'm7i.large' as const };
  expect(credits(ofCluster({ nodeGroups: { app: steady, jenkins: steady } }))).toBe(0);
});

test('rest, what is expected and the most are in this order, and grow with the nodes', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 0, max: 9 }),
      fc.constantFrom(...(Object.keys(instanceTypes) as (keyof typeof instanceTypes)[])),
      (min, more, instanceType) => {
        const group = (nodes: number) => ({
          ...settings.cluster.nodeGroups,
          app: { ...groupNamed(settings.cluster, 'app'), instanceType, min: nodes, max: nodes + more },
        });
        const lines = linesOf({ tree, settings: ofCluster({ nodeGroups: group(min) }) });
        for (const line of lines) {
          expect(line.rest).toBeLessThanOrEqual(line.expected + 1e-9);
          expect(line.expected).toBeLessThanOrEqual(line.most + 1e-9);
        }
        const larger = totalsOf(linesOf({ tree, settings: ofCluster({ nodeGroups: group(min + 1) }) }));
        const { rest, expected, most } = totalsOf(lines);
        const node = hours * price(`ec2.${instanceType}`);
        expect(larger.rest - rest).toBeGreaterThanOrEqual(node);
        expect([larger.expected > expected, larger.most > most]).toEqual([true, true]);
      },
    ),
    { numRuns: 20 },
  );
});

test('ways out of the bottlenecks cost what the larger one costs more', () => {
  const table = designTables(facts).find(({ title }) => title.startsWith('What if'));
  const of = (name: string) => table?.rows.find(([each]) => each === name)?.slice(2, 4);
  expect(of('Database CPU and memory')).toEqual(['+17', '+13.14']);
  expect(of('Cache memory')).toEqual(['+20', '+11.68']);
  expect(of('App servers')?.[0]).toBe('+30');
  expect(of('Database connections')?.[0]).toBe(0);
  for (const row of table?.rows ?? []) expect(row[4]).not.toBe('');
});

test('every saving that the design names has what it says, what it is here, the difference and why', () => {
  const table = designTables(facts).find(({ title }) => title.startsWith("The design's own savings"));
  const of = (name: string) => table?.rows.find(([each]) => each === name);
  expect(of('PgBouncer')?.slice(1, 4)).toEqual([17, '13.14', '-3.86']);
  expect(of('Sidekiq, no Kafka')?.slice(1, 4)).toEqual([162, '105.86', '-56.14']);
  expect(of('Reserved instances')?.[3]).toBe('-');
  for (const name of [
    'Redis',
    'CloudFront',
    'Student pack',
    'Search by PostgreSQL, no Elasticsearch',
    'One NAT gateway',
  ])
    expect(Number(of(name)?.[3])).toBeCloseTo(Number(of(name)?.[2]) - Number(of(name)?.[1]), 1);
});

test('students save what the design says, and more hosts of Datadog than it counts', () => {
  const table = designTables(facts).find(({ title }) => title.startsWith('What students'));
  expect(table?.rows.at(-1)).toEqual(['all', '', 56, '', `${3 * 15 + 26} to ${8 * 15 + 26}`]);
});

test('the month is within the budget, and one above it is refused with the numbers', () => {
  expect([...costOver(facts)]).toEqual([]);
  const { budget } = settings.cluster;
  const [offence] = costOver({ tree, settings: ofCluster({ budget: { ...budget, monthly: 300 } }) });
  expect(offence?.message).toMatch(
    /^budget\.monthly: \$\d+ a month, 1\d\d % of the budget of \$300: from \$\d+ at rest/,
  );
});

test('every table has a cell for each column, and the report the same numbers', () => {
  for (const { columns, rows } of [...cost(facts), ...designTables(facts)])
    for (const row of rows) expect(row).toHaveLength(columns.length);
  const report = bill(facts, cost(facts));
  expect(report.totals.expected).toBeCloseTo(report.lines.reduce((sum, { expected }) => sum + expected, 0));
  expect(report).toMatchObject({ kind: 'CostReport', budget: 600, fits: true });
});

function run(...args: string[]) {
  const options = { cwd: root, encoding: 'utf8' as const, env: { ...process.env, NO_COLOR: '1' } };
  return spawnSync(process.execPath, ['commands/run.mjs', 'commands/cost.ts', ...args], options);
}

test('the command prints the tables, and writes the files it is asked for', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cost-'));
  try {
    const { status, stdout } = run(
      '--output',
      'text',
      '-o',
      `json=${join(folder, 'a/cost.json')}`,
      '-o',
      `markdown=${join(folder, 'cost.md')}`,
    );
    expect(status).toBe(0);
    expect(stdout).toContain('fits $');
    expect(stdout).not.toContain('\u001b[');
    expect(JSON.parse(readFileSync(join(folder, 'a/cost.json'), 'utf8')).kind).toBe('CostReport');
    expect(readFileSync(join(folder, 'cost.md'), 'utf8')).toContain('| their table |');
    expect(readdirSync(folder).sort()).toEqual(['a', 'cost.md']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each([
  [['--output', 'xml'], '"xml" is none of text, json, markdown'],
  [['--output', 'json='], 'Name a file after ='],
  [['--all'], "unknown option '--all'"],
  [['production'], 'too many arguments'],
])('the command refuses %j with exit code 2', (args, message) => {
  const { status, stdout, stderr } = run(...args);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toContain(message);
});

test('the help has examples and exit codes', () => {
  const help = execFileSync(process.execPath, ['commands/run.mjs', 'commands/cost.ts', '--help'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(help).toMatch(/Examples:[\s\S]*Exit codes: 0 within budget\.monthly .*, 1 above it, 2 wrong arguments/);
});
