import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { appQueues } from '../../charts/environments/rules';
import { problemsOf } from '../support/problems';
import { root } from '../support/root';

type Change = (settings: any) => void;
const cluster =
  (path: string, value: unknown): Change =>
  (settings) =>
    put(settings.cluster, path, value);
const environment =
  (path: string, value: unknown): Change =>
  (settings) =>
    put(settings.environments[0], path, value);

function put(at: any, path: string, value: unknown): void {
  const names = path.split('.');
  const last = names.pop() as string;
  const holder = names.reduce((inner, name) => inner[name], at);
  if (value === undefined) delete holder[last];
  else holder[last] = value;
}

const nested = () => {
  const value: any = [];
  value.push(value);
  return value;
};

// What is well-formed elsewhere, or is well-formed and cannot work: the setting, the value, and what is said of it.
const cases: [string, Change, string][] = [
  // Text that would be another thing where it is pasted.
  ['readers of two lines', cluster('delivery.readers', 'a\np, role:x, *, *, *, allow'), 'is not a valid slug'],
  ['no operators', cluster('delivery.operators', ''), 'delivery.operators: "" is not a valid slug'],
  ['no branch', cluster('delivery.branch', ''), 'delivery.branch: "" is not a valid branch'],
  ['a branch that is an option', cluster('delivery.branch', '-x'), 'is not a valid branch'],
  ['a branch that climbs', cluster('delivery.branch', 'a/../b'), 'is not a valid branch'],
  ['an organization with a quote', cluster('delivery.organization', "e'ren"), 'is not a valid organization'],
  ['a channel with a mention', cluster('delivery.channel', 'x @slack-other'), 'is not a valid channel'],
  [
    'an application that is Groovy',
    cluster('jenkins.application', "https://github.com/a/b');x('"),
    'is not a repository on GitHub',
  ],
  [
    'a repository without owner',
    cluster('delivery.repository', 'https://example.org'),
    'is not a repository on GitHub',
  ],
  ['an address with a path', cluster('sentry.api', 'https://sentry.io/x?y'), 'is not a valid HTTPS origin'],
  ['a region that is a pattern', cluster('region', 'us-(east'), 'region: "us-(east" is not a region of AWS'],
  ['a zone that is none', cluster('network.zones', ['us-east-1a', '$(x)']), 'is not a zone of AWS'],
  [
    'a policy of TLS 1.0',
    cluster('loadBalancer.sslPolicy', 'ELBSecurityPolicy-2016-08'),
    'is not a security policy',
  ],
  [
    'a repository of one letter',
    cluster('jenkins.agents.docker.cacheRepository', 'x'),
    'is not a valid repository name',
  ],
  ['a place that is a query', cluster('alerts.outside.locations', ['aws:x y']), 'is not a location of Datadog'],
  ['a tag of AWS itself', cluster('aws.tags', { 'aws:x': 'y' }), 'is not a valid tag'],
  // Ranges of AWS and of controllers.
  [
    'a health check of ten minutes',
    cluster('loadBalancer.healthCheckInterval', '10m'),
    'is not between 6s and 300s',
  ],
  ['a health check each second', cluster('loadBalancer.healthCheckInterval', '1s'), 'is not between 6s and 300s'],
  ['an idle time-out of two hours', cluster('loadBalancer.idleTimeout', '2h'), 'is not between 1s and 4000s'],
  [
    'a deregistration of two hours',
    environment('web.drain.deregistrationDelay', '2h'),
    'is not between 1s and 3600s',
  ],
  ['a time-out without end', environment('console.deadline', `1${'0'.repeat(22)}s`), 'is not a valid duration'],
  ['a time-out of a year', environment('console.deadline', '8760h'), 'is not between 1s and 168h'],
  ['a statement that is slow after a day', environment('aws.database.slowStatement', '24h'), 'between 1s and 1h'],
  ['a 25th hour', environment('schedules.databaseCleanup', '0 24 * * *'), 'is not a valid cron schedule'],
  ['a step of none', environment('schedules.databaseCleanup', '*/0 * * * *'), 'is not a valid cron schedule'],
  [
    'a day that never comes',
    environment('schedules.databaseCleanup', '0 0 30 2 *'),
    'is not a valid cron schedule',
  ],
  [
    'days that never come',
    environment('schedules.databaseCleanup', '0 0 31 2,4-6/2,9,11 *'),
    'is not a valid cron schedule',
  ],
  [
    'a comma too many in a schedule',
    environment('schedules.databaseCleanup', '0,,1 * * * *'),
    'is not a valid cron',
  ],
  ['a window of no minute', environment('migrations.window', '11:00-11:00'), '11:00-11:00 ends when it begins'],
  ['a branch that git calls otherwise', cluster('delivery.branch', 'HEAD'), 'is not a valid branch'],
  [
    'a span that ends before it begins',
    environment('schedules.eventReminders', '0 9-5 * * *'),
    'is not a valid cron schedule',
  ],
  ['more than 32 bits', environment('web.limits.address', 2 ** 31), 'is too large'],
  ['100,000 connections', environment('connections.max', 100_000), '100000 is more than 112, which is what'],
  [
    'a backup in ten minutes',
    environment('aws.database.backupWindow', '08:00-08:10'),
    'shorter than the 30 minutes',
  ],
  [
    'a window of the cache',
    environment('aws.cache.maintenanceWindow', 'sun:10:00-sun:10:30'),
    'than the 60 minutes',
  ],
  ['a database of petabytes', environment('aws.database.maxStorage', '9999999Gi'), 'is above the 65536Gi'],
  ['a node without room', cluster('nodeGroups.app.disk', '10Gi'), '10Gi is not between 20Gi and 16384Gi'],
  ['more than a disk does', cluster('aws.nodes.diskIops', 16_000), 'more than 500 for each GiB'],
  ['more than its operations carry', cluster('aws.nodes.diskThroughput', 1000), 'more than a quarter of diskIops'],
  ['no queue for mail', environment('sidekiq.queues', { default: 1 }), 'has no mailers, e-score, geocoding'],
  // Names of something else.
  ['the namespace of Kubernetes', environment('namespace', 'kube-system'), 'namespace: "kube-system" is that of'],
  ['the namespace of an add-on', environment('namespace', 'external-secrets'), 'is that of something else'],
  ['the namespace of builds', environment('namespace', 'ci-build'), 'is that of something else'],
  ['the default namespace', environment('namespace', 'default'), 'is that of something else'],
  ['the folder of the cluster', environment('name', 'cluster'), 'name: "cluster" is that of something else'],
  [
    'more clients than fit into memory',
    environment('pgbouncer.maxClients', 1_000_000),
    'pgbouncer.maxClients: 1000000 is more than the 16384 clients',
  ],
  ['a name that no file may have', environment('name', '\0'), 'is not a valid DNS label'],
  ['a name that climbs', environment('name', '../staging'), 'is not a valid DNS label'],
  ['a namespace of two lines', environment('namespace', 'a\nb'), 'is not a valid DNS label'],
  ['the project of the add-ons', environment('name', 'add-ons'), 'name: "add-ons" is that of something else'],
  ['what every object has', environment('name', 'constructor'), 'name: "constructor" is that of something else'],
  ['a group that every object has', cluster('jenkins.nodeGroup', 'constructor'), 'is not a group of nodeGroups'],
  ['a priority that every object has', environment('priority', 'constructor'), 'is not a priority class'],
  // Values that are hard to say.
  ['a BigInt', environment('connections.max', 10n), 'connections.max: "10n" is'],
  ['a loop', cluster('name', nested()), 'name: a value that is nested without end is'],
  [
    'a value of megabytes',
    cluster('name', 'x'.repeat(5_000_000)),
    `name: "${'x'.repeat(199)}… is not a valid DNS label`,
  ],
  ['what nobody sees', cluster('name', 'a\u001b[2J\u202eb'), '\\u001b[2J\\u{202e}b'],
  [
    'a range of megabytes',
    cluster('network.vpc', `10.0.0.0/16${'\n'.repeat(5_000_000)}`),
    'network.vpc: "10.0.0.0/16',
  ],
  ['nothing at all', (settings) => settings.environments.push(null), 'index.ts: (all): null is not Object'],
  ['a comma too many', (settings) => (settings.environments.length += 1), 'index.ts: (all): is missing'],
  ['a map of environments', (settings) => (settings.environments = {}), 'environments: {} is not a list'],
  ['no environments', (settings) => (settings.environments = null), 'environments: null is not a list'],
];

const token = `ghp_${'aB3dE5gH7j'.repeat(3)}aB3dE5`;
const word = 'hunter2hunter2';
test.each<[string, (settings: any) => void, string]>([
  ['a token', (s) => (s.environments[0].host = token), token],
  ['a token at the end of a long value', (s) => (s.environments[0].host = 'x '.repeat(95) + token), 'ghp_'],
  ['a token as the name of a field', (s) => (s.environments[0][token] = 1), token],
  ['a token as the name of an environment', (s) => (s.environments[0].name = token), token],
  ['a token in a list', (s) => (s.cluster.network.zones = [token]), token],
  [
    'a password in an address',
    (s) => (s.cluster.delivery.repository = `https://bot:${word}@github.com/e-ren/x`),
    word,
  ],
  ['a password in a map', (s) => (s.environments[0].host = { password: word }), word],
  ['a password in a text', (s) => (s.cluster.region = `password=${word}`), word],
  ['a header', (s) => (s.cluster.delivery.channel = `Authorization: Bearer ${word}`), word],
  [
    'the key of a Sentry address',
    (s) => (s.cluster.sentry.api = `https://${'0a1b2c3d'.repeat(4)}@o1.ingest.sentry.io/1`),
    '0a1b2c3d',
  ],
  ['an AWS key as an image', (s) => (s.cluster.images.pgbouncer = 'AKIAIOSFODNN7EXAMPLE'), 'AKIAIOSFODNN7EXAMPLE'],
])('%s is not in what is said of it', (_, change, secret) => {
  const problems = problemsOf(change);
  expect(problems.length).toBeGreaterThan(0);
  expect(problems.filter((each) => each.includes(secret))).toEqual([]);
});

test.each<[string, (settings: any) => void]>([
  ['values of a list', (s) => (s.cluster.network.zones = Array(1e6).fill('nowhere'))],
  ['fields that nobody knows', (s) => Object.assign(s.cluster, Object.fromEntries(Array(1e6).entries()))],
  ['names of a map', (s) => (s.cluster.priorities = Object.fromEntries(Array(1e6).fill(1).entries()))],
  [
    'lists in lists',
    (s) =>
      (s.cluster.budget.alerts = Array(1000)
        .fill(0)
        .map(() => Array(1000).fill(1))),
  ],
])('a million %s are refused in one line', (_, change) => {
  expect(problemsOf(change)).toEqual([
    'charts/environments/cluster.ts: (all): has more than 10000 values; make it smaller',
  ]);
});

test.each(cases)('%s is refused by file, field, value and remedy', (_, change, said) => {
  const problems = problemsOf(change);
  expect(problems).toContainEqual(expect.stringContaining(said));
  for (const problem of problems) {
    expect(problem).toMatch(
      /^(charts\/environments\/[\w-]{1,63}\.ts|terraform-bridge\/outputs\/cluster\.json): \S+: /,
    );
    expect(problem.length).toBeLessThan(1000);
  }
});

test('the queues that an environment must have are those of the app', () => {
  const file = readFileSync(join(root, 'docs/rails-app/config/sidekiq.yml'), 'utf8');
  expect([...file.matchAll(/^ {2}- \[([\w-]+),/gm)].map(([, name]) => name)).toEqual([...appQueues]);
});
