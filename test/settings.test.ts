import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { settings as committed } from '../charts/environments';
import { imageFile, loadSettings, SettingsError } from '../charts/settings';
import { root } from './manifests';

/** What loading says of settings that somebody got wrong; nothing when they are fine. */
function problemsOf(change: (settings: any) => void, where = root): readonly string[] {
  const settings = structuredClone(committed) as any;
  change(settings);
  try {
    loadSettings(where, settings);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
}

const production = (change: (environment: any) => void) => (settings: any) => change(settings.environments[0]);
const staging = (change: (environment: any) => void) => (settings: any) => change(settings.environments[1]);
const cluster = (change: (cluster: any) => void) => (settings: any) => change(settings.cluster);

test('the committed settings are fine', () => {
  expect(problemsOf(() => {})).toEqual([]);
});

const wrong: [string, (settings: any) => void, string][] = [
  [
    'HPA minimum above its maximum',
    production((e) => (e.web.autoscaling.min = 7)),
    'charts/environments/production.ts: web.autoscaling.min: 7 is above max, 6; lower min or raise max',
  ],
  [
    'HPA minimum of zero',
    production((e) => (e.web.autoscaling.min = 0)),
    'web.autoscaling.min: 0 is too small; the least is 1',
  ],
  ['half a replica', production((e) => (e.web.autoscaling.max = 6.5)), 'web.autoscaling.max: 6.5 is not whole'],
  ['replicas as text', production((e) => (e.web.autoscaling.max = '6')), 'web.autoscaling.max: "6" is no number'],
  [
    'CPU use above all of it',
    production((e) => (e.web.autoscaling.cpuUtilization = 120)),
    'web.autoscaling.cpuUtilization: 120 is above 100',
  ],
  [
    'canary weights that do not increase',
    production((e) => (e.web.canary.steps[1].weight = 20)),
    'web.canary.steps.1.weight: 20 is not above the step before, 20',
  ],
  [
    'a canary weight of 0',
    production((e) => (e.web.canary.steps[0].weight = 0)),
    'web.canary.steps.0.weight: 0 is below 1',
  ],
  [
    'a canary weight above 100',
    production((e) => (e.web.canary.steps[2].weight = 101)),
    'web.canary.steps.2.weight: 101 is above 100',
  ],
  [
    'a canary that never reaches all',
    production((e) => e.web.canary.steps.pop()),
    'web.canary.steps: end at 50; the last weight must be 100',
  ],
  [
    'no canary steps',
    production((e) => (e.web.canary.steps = [])),
    'web.canary.steps: end at 0; the last weight must be 100',
  ],
  [
    'a weight that nothing judges',
    production((e) => delete e.web.canary.steps[0].pause),
    'web.canary.steps.0.pause: is missing at weight 20',
  ],
  [
    'pauses too short for Sentry to judge',
    production((e) => (e.web.canary.steps[1].pause = '1m')),
    'web.canary.sentry: can fail the canary only after 540s (initialDelay and 3 intervals), but its pauses end after 360s',
  ],
  [
    'pauses too short for Datadog to judge',
    production((e) => (e.web.canary.datadog.interval = '5m')),
    'web.canary.datadog: can fail the canary only after 1080s',
  ],
  [
    'a pause that is no duration',
    production((e) => (e.web.canary.steps[0].pause = '5 minutes')),
    'web.canary.steps.0.pause: "5 minutes" is no duration; write for example 25s, 5m or 1h',
  ],
  [
    'an error rate of nothing',
    production((e) => (e.web.canary.sentry.errorRate = 0)),
    'web.canary.sentry.errorRate: 0 is below 1',
  ],
  [
    'Sentry that needs no sessions',
    production((e) => (e.web.canary.sentry.minimumSessions = 0)),
    'web.canary.sentry.minimumSessions: 0 is too small',
  ],
  [
    'a failure limit below zero',
    production((e) => (e.web.canary.datadog.failureLimit = -1)),
    'web.canary.datadog.failureLimit: -1 is too small',
  ],
  [
    'a deregistration delay as long as the sleep',
    production((e) => (e.web.drain.deregistrationDelay = '25s')),
    'web.drain.preStop: 25s must be longer than deregistrationDelay, 25s',
  ],
  [
    'a sleep as long as the grace period',
    production((e) => (e.web.drain.terminationGracePeriod = '25s')),
    'web.drain.terminationGracePeriod: 25s must be longer than preStop, 25s',
  ],
  [
    'a sleep in milliseconds',
    production((e) => (e.web.drain.preStop = '25000ms')),
    'web.drain.preStop: "25000ms" is no duration',
  ],
  [
    'Sidekiq killed before its jobs end',
    production((e) => (e.sidekiq.shutdownTimeout = '40s')),
    'sidekiq.terminationGracePeriod: 40s must be longer than shutdownTimeout, 40s',
  ],
  [
    'pools above the connection budget',
    production((e) => (e.pgbouncer.webPool = 3)),
    'pgbouncer.webPool: 3 makes 43 connections at the worst moment (12 web pods × 3, 1 Sidekiq × 3, migration 2, Datadog 1, console 1) of 35 usable',
  ],
  [
    'more web pods than the database has connections for',
    production((e) => (e.web.autoscaling.max = 9)),
    'pgbouncer.webPool: 2 makes 43 connections at the worst moment (18 web pods',
  ],
  [
    'a lower connection limit',
    production((e) => (e.connections.max = 30)),
    'of 25 usable (connections.max 30 − 5 reserved)',
  ],
  [
    'more Sidekiq than the database has connections for',
    production((e) => (e.sidekiq.replicas = 3)),
    'pgbouncer.webPool: 2 makes 37 connections',
  ],
  [
    'more Puma threads than the pool admits',
    production((e) => (e.web.puma.threads = 25)),
    'pgbouncer.maxClients: 100 is below the 125 connections one pod opens',
  ],
  ['no Puma worker', production((e) => (e.web.puma.workers = 0)), 'web.puma.workers: 0 is too small'],
  [
    'a host that is no DNS name',
    production((e) => (e.host = 'eren_washu.edu')),
    'charts/environments/production.ts: host: "eren_washu.edu" is no DNS name',
  ],
  [
    'a host with a scheme',
    staging((e) => (e.host = 'https://staging.eren.washu.edu')),
    'charts/environments/staging.ts: host: "https://staging.eren.washu.edu" is no DNS name',
  ],
  [
    'an assets host in capitals',
    production((e) => (e.assetsHost = 'Assets.eren.washu.edu')),
    'assetsHost: "Assets.eren.washu.edu" is no DNS name',
  ],
  [
    'a namespace that is no label',
    production((e) => (e.namespace = 'Production')),
    'namespace: "Production" is no DNS label',
  ],
  [
    'CPU that is no quantity',
    production((e) => (e.web.resources.cpu = '0.3 cores')),
    'web.resources.cpu: "0.3 cores" is no CPU quantity; write millicores, for example 250m',
  ],
  [
    'memory that is no quantity',
    production((e) => (e.web.resources.memory = '1GB')),
    'web.resources.memory: "1GB" is no quantity of bytes',
  ],
  [
    'memory as a number',
    production((e) => (e.web.resources.memory = 1024)),
    'web.resources.memory: 1024 is no quantity of bytes',
  ],
  [
    'a memory limit below the request',
    production((e) => (e.web.resources.memoryLimit = '512Mi')),
    'web.resources.memoryLimit: 512Mi is below the request, 896Mi',
  ],
  ['an unknown field', production((e) => (e.web.replicas = 3)), 'web.replicas: is an unknown field; remove it'],
  [
    'a misspelt field',
    production((e) => {
      e.pgbouncer.webpool = e.pgbouncer.webPool;
      delete e.pgbouncer.webPool;
    }),
    'pgbouncer.webPool: is missing; add it',
  ],
  ['a missing section', production((e) => delete e.web), 'web: is missing; add it'],
  [
    'a priority nobody made',
    production((e) => (e.priority = 'urgent')),
    'priority: "urgent" is no priority class of cluster.ts; use one of system, production, staging',
  ],
  [
    'a quota the canary does not fit in',
    production((e) => (e.quota.memory = '8Gi')),
    'quota.memory: 8Gi is below the 11680Mi of all pods at the worst moment',
  ],
  [
    'a quota of too few pods',
    production((e) => (e.quota.pods = 10)),
    'quota.pods: 10 is below the 13 of all pods',
  ],
  [
    'a quota without room for the volumes',
    staging((e) => (e.quota.storage = '5Gi')),
    'quota.storage: 5Gi is below the 6144Mi',
  ],
  [
    'a schedule that is no cron line',
    production((e) => (e.schedules.eventReminders = 'hourly')),
    'schedules.eventReminders: "hourly" is no cron schedule',
  ],
  [
    'a queue weight of zero',
    production((e) => (e.sidekiq.queues.mailers = 0)),
    'sidekiq.queues.mailers: 0 is too small',
  ],
  [
    'a queue name that Redis would quote',
    production((e) => (e.sidekiq.queues['e score'] = 1)),
    'sidekiq.queues.e score: "e score" is no DNS label',
  ],
  ['more than all traces', production((e) => (e.sentry.tracesSampleRate = 10)), 'sentry.tracesSampleRate: 10 '],
  [
    'a database image that moves',
    staging((e) => (e.inCluster.postgres.image = 'docker.io/library/postgres:latest')),
    'inCluster.postgres.image: "docker.io/library/postgres:latest" is no pinned image',
  ],
  [
    'a database image without a tag',
    staging((e) => (e.inCluster.postgres.image = 'docker.io/library/postgres')),
    'inCluster.postgres.image: "docker.io/library/postgres" is no pinned image',
  ],
  [
    'two environments of one host',
    staging((e) => (e.host = 'eren.washu.edu')),
    'charts/environments/staging.ts: host: "eren.washu.edu" is also that of production',
  ],
  [
    'two environments in one namespace',
    staging((e) => (e.namespace = 'production')),
    'namespace: "production" is also that of production',
  ],
  [
    'a namespace that may not join the load balancer',
    cluster((c) => (c.loadBalancer.namespaces = ['staging', 'argocd'])),
    'charts/environments/production.ts: namespace: "production" may not join the load balancer',
  ],
  [
    'an environment that is no object',
    (s) => (s.environments[1] = null),
    'charts/environments/index.ts: (all): null is not Object',
  ],
  [
    'a node group that cannot shrink to its minimum',
    cluster((c) => (c.nodeGroups.app.min = 9)),
    'charts/environments/cluster.ts: nodeGroups.app.min: 9 is above max, 6',
  ],
  [
    'fewer subnets than zones',
    cluster((c) => c.network.privateSubnets.pop()),
    'network.privateSubnets: has 1 ranges for 2 zones',
  ],
  [
    'a subnet that is no range',
    cluster((c) => (c.network.vpc = '10.0.0.0')),
    'network.vpc: "10.0.0.0" is no IPv4 range',
  ],
  [
    'an alert above the budget',
    cluster((c) => (c.budget.alerts[2] = 700)),
    'budget.alerts.2: 700 is above the budget, 600',
  ],
  [
    'a priority no user class may have',
    cluster((c) => (c.priorities.system = 2_000_000_000)),
    'priorities.system: 2000000000 ',
  ],
  [
    'a repository over plain HTTP',
    cluster((c) => (c.delivery.repository = 'http://github.com/e-ren/delivery.git')),
    'delivery.repository: "http://github.com/e-ren/delivery.git" is no HTTPS address',
  ],
  ['a Kubernetes patch version', cluster((c) => (c.kubernetes = '1.35.4')), 'kubernetes: "1.35.4" is no minor version'],
];

test.each(wrong)('%s is refused, with path, value and remedy', (_name, change, said) => {
  expect(problemsOf(change)).toContainEqual(expect.stringContaining(said));
});

test('all problems are listed at once', () => {
  const problems = problemsOf(
    production((e) => {
      e.host = 'nowhere';
      e.web.resources.cpu = 'much';
      e.sidekiq.queues = { mailers: 0 };
    }),
  );
  expect(problems).toHaveLength(3);
});

describe('files beside the settings', () => {
  let copy: string;
  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), 'settings-'));
    for (const folder of ['charts/environments', 'terraform-bridge'])
      cpSync(join(root, folder), join(copy, folder), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  });
  afterEach(() => rmSync(copy, { recursive: true, force: true }));

  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    writeFileSync(join(copy, path), text);
  };
  const output = (stack: string, change: (outputs: any) => void) => () => {
    const path = `terraform-bridge/outputs/${stack}.json`;
    const outputs = structuredClone(require(join(root, path)));
    change(outputs);
    write(path, JSON.stringify(outputs));
  };
  const image = (text: string) => () => write(imageFile('production', 'web'), text);
  const good = `registry.example/e-ren:4f2c9de-1@sha256:${'a'.repeat(64)}`;

  const cases: [string, () => void, string][] = [
    [
      'an image without digest',
      image('registry.example/e-ren:4f2c9de-1\n'),
      'images/production/web.txt: "registry.example/e-ren:4f2c9de-1" has no tag and digest',
    ],
    ['an image without tag', image(good.replace(':4f2c9de-1', '')), 'has no tag and digest'],
    ['an image called latest', image(good.replace('4f2c9de-1', 'latest')), "is 'latest'; use the tag of a build"],
    ['a digest cut short', image(good.slice(0, -1)), 'has no tag and digest'],
    ['a tag too long for a label', image(good.replace('4f2c9de-1', 'x'.repeat(64))), 'is no label value'],
    ['two lines of images', image(`${good}\n${good}`), 'has no tag and digest'],
    [
      'no image file',
      () => rmSync(join(copy, imageFile('production', 'web'))),
      'images/production/web.txt: is missing; create it with npm run promote -- production web <image>',
    ],
    [
      'a missing output',
      output('cluster', (o) => delete o.certificate_arn),
      'terraform-bridge/outputs/cluster.json: certificate_arn: is missing; run `terraform output -json` in the cluster stack',
    ],
    [
      'an output of another type',
      output('production', (o) => (o.database_port.value = '5432')),
      'production.json: database_port: "5432" is a string, not a number; expected like 5432',
    ],
    [
      'a list where text belongs',
      output('cluster', (o) => (o.vpc_id.value = ['vpc-0'])),
      'vpc_id: ["vpc-0"] is a list, not a string',
    ],
    [
      'a list with something else in it',
      output('cluster', (o) => (o.public_subnet_cidrs.value = [1])),
      'public_subnet_cidrs: 1 is no string',
    ],
    [
      'an empty list',
      output('cluster', (o) => (o.database_subnet_cidrs.value = [])),
      'database_subnet_cidrs: is empty',
    ],
    [
      'a sensitive output',
      output('production', (o) => (o.database_host.sensitive = true)),
      'database_host: is sensitive and must not be in git',
    ],
    [
      'a malformed ARN',
      output('cluster', (o) => (o.certificate_arn.value = 'arn:aws:acm')),
      'certificate_arn: "arn:aws:acm" is no ARN of acm',
    ],
    [
      'an ARN of another service',
      output('cluster', (o) => (o.certificate_arn.value = 'arn:aws:iam::000000000000:role/x')),
      'is no ARN of acm',
    ],
    [
      'an ARN of another account',
      output('cluster', (o) => (o.certificate_arn.value = 'arn:aws:acm:us-east-1:123456789012:certificate/x')),
      'is of account 123456789012, the cluster is in 000000000000',
    ],
    [
      'a role of another account',
      output('cluster', (o) => (o.secret_store_role_arns.value.production = 'arn:aws:iam::123456789012:role/x')),
      'secret_store_role_arns: "arn:aws:iam::123456789012:role/x" is of account 123456789012',
    ],
    [
      'a namespace without a role',
      output('cluster', (o) => delete o.secret_store_role_arns.value.staging),
      'secret_store_role_arns: has no role for namespace staging',
    ],
    [
      'a malformed security group',
      output('cluster', (o) => (o.alb_security_group_id.value = 'default')),
      'alb_security_group_id: "default" is malformed; expected like "sg-0123456789abcdef0"',
    ],
    [
      'an output nobody declared',
      output('cluster', (o) => (o.extra = o.region)),
      'cluster.json: extra: is not declared',
    ],
    [
      'an output without its type',
      output('cluster', (o) => (o.region = 'us-east-1')),
      'region: has no "type" and "value", so this is not `terraform output -json`',
    ],
    [
      'outputs that do not parse',
      () => write('terraform-bridge/outputs/cluster.json', '{"a":'),
      'terraform-bridge/outputs/cluster.json: ',
    ],
    [
      'outputs that are a list',
      () => write('terraform-bridge/outputs/cluster.json', '[]'),
      'cluster.json: is no JSON object; run `terraform output -json`',
    ],
    [
      'no outputs',
      () => rmSync(join(copy, 'terraform-bridge/outputs/production.json')),
      'terraform-bridge/outputs/production.json: ENOENT',
    ],
    [
      'no certificates for the region',
      output('cluster', (o) => (o.region.value = 'eu-west-1')),
      'charts/environments/certificates/rds-eu-west-1.pem: is missing; take the bundle',
    ],
  ];

  test.each(cases)('%s is refused, with file and remedy', (_name, spoil, said) => {
    spoil();
    expect(problemsOf(() => {}, copy)).toContainEqual(expect.stringContaining(said));
  });
});
