import { problemsOf } from '../../support/problems';

const production = (change: (environment: any) => void) => (settings: any) => change(settings.environments[0]);
const staging = (change: (environment: any) => void) => (settings: any) => change(settings.environments[1]);
const cluster = (change: (cluster: any) => void) => (settings: any) => change(settings.cluster);

test('the frozen settings are fine', () => {
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
  [
    'replicas as text',
    production((e) => (e.web.autoscaling.max = '6')),
    'web.autoscaling.max: "6" is not a number',
  ],
  [
    'a limit that refuses a campus behind one address',
    production((e) => (e.web.limits.address = 600)),
    'web.limits.address: 600 a minute is below 9000, three times the peak of 50 a second',
  ],
  [
    'a peak that outgrew the limit of an address',
    staging((e) => (e.web.limits.peak = 100)),
    'charts/environments/staging.ts: web.limits.address: 12000 a minute is below 18000, three times the peak of 100',
  ],
  [
    'a limit that lets one person be everybody',
    production((e) => (e.web.limits.person = 3000)),
    'web.limits.person: 3000 a minute is not below 3000, the peak of everybody together',
  ],
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
    'web.canary.sentry: can fail the canary only after 540s (initialDelay, and an interval for each failure or error that its limits take), but its pauses end after 360s',
  ],
  [
    'pauses too short for Datadog to judge',
    production((e) => (e.web.canary.datadog.interval = '5m')),
    'web.canary.datadog: can fail the canary only after 1080s',
  ],
  [
    'a gate that looks at nothing',
    production((e) => (e.web.canary.gate.windows = [])),
    'web.canary.gate.windows: is empty, so a version that nobody has seen would go on',
  ],
  [
    'a gate that counts requests from before its weight',
    production((e) => (e.web.canary.gate.windows[0] = '6m')),
    'web.canary.gate.windows.0: 6m is longer than the pause of steps.1, 5m, so it would count requests from before that weight',
  ],
  [
    'windows that do not grow',
    production((e) => (e.web.canary.gate.windows = ['5m', '5m'])),
    'web.canary.gate.windows.1: 5m is not longer than the window before, 5m',
  ],
  [
    'a gate that does not look before its next window',
    production((e) => (e.web.canary.gate.interval = '11m')),
    'web.canary.gate.interval: 11m is longer than the time from window 5m to window 15m',
  ],
  [
    'a deadline before the last window',
    production((e) => (e.web.canary.gate.deadline = '10m')),
    'web.canary.gate.deadline: 10m must be at least 660s, or a version is aborted before it was looked at over 15m twice',
  ],
  [
    'a deadline before the second look',
    staging((e) => (e.web.canary.gate.deadline = '20s')),
    'staging.ts: web.canary.gate.deadline: 20s must be at least 30s',
  ],
  [
    'a pause that is not a valid duration',
    production((e) => (e.web.canary.steps[0].pause = '5 minutes')),
    'web.canary.steps.0.pause: "5 minutes" is not a valid duration; write for example 25s, 5m or 1h',
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
    'web.drain.preStop: "25000ms" is not a valid duration',
  ],
  [
    'Sidekiq killed before its jobs end',
    production((e) => (e.sidekiq.shutdownTimeout = '40s')),
    'sidekiq.terminationGracePeriod: 40s must be longer than shutdownTimeout, 40s',
  ],
  [
    'pools above the connection budget',
    production((e) => (e.pgbouncer.webPool = 3)),
    'pgbouncer.webPool: 3 makes 43 connections at the worst moment (12 web pods × 3, 1 Sidekiq × 3, migration 2, Datadog 1, console 1) of 40 usable',
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
    production((e) => (e.sidekiq.replicas = 5)),
    'pgbouncer.webPool: 2 makes 43 connections',
  ],
  [
    'more Puma threads than the pool admits',
    production((e) => (e.web.puma.threads = 25)),
    'pgbouncer.maxClients: 100 is below the 125 connections one pod opens',
  ],
  ['no Puma worker', production((e) => (e.web.puma.workers = 0)), 'web.puma.workers: 0 is too small'],
  [
    'a host that is not a valid DNS name',
    production((e) => (e.host = 'eren_washu.edu')),
    'charts/environments/production.ts: host: "eren_washu.edu" is not a valid DNS name',
  ],
  [
    'a host with a scheme',
    staging((e) => (e.host = 'https://staging.eren.washu.edu')),
    'charts/environments/staging.ts: host: "https://staging.eren.washu.edu" is not a valid DNS name',
  ],
  [
    'an assets host in capitals',
    production((e) => (e.assetsHost = 'Assets.eren.washu.edu')),
    'assetsHost: "Assets.eren.washu.edu" is not a valid DNS name',
  ],
  [
    'a namespace that is not a label',
    production((e) => (e.namespace = 'Production')),
    'namespace: "Production" is not a valid DNS label',
  ],
  [
    'CPU that is not a valid quantity',
    production((e) => (e.web.resources.cpu = '0.3 cores')),
    'web.resources.cpu: "0.3 cores" is not a valid CPU quantity; write millicores, for example 250m',
  ],
  [
    'memory that is not a valid quantity',
    production((e) => (e.web.resources.memory = '1GB')),
    'web.resources.memory: "1GB" is not a valid quantity of bytes',
  ],
  [
    'memory as a number',
    production((e) => (e.web.resources.memory = 1024)),
    'web.resources.memory: 1024 is not a valid quantity of bytes',
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
    'priority: "urgent" is not a priority class of cluster.ts; use one of system, production, staging',
  ],
  [
    'a schedule that is not a valid cron line',
    production((e) => (e.schedules.eventReminders = 'hourly')),
    'schedules.eventReminders: "hourly" is not a valid cron schedule',
  ],
  [
    'a queue weight of zero',
    production((e) => (e.sidekiq.queues.mailers = 0)),
    'sidekiq.queues.mailers: 0 is too small',
  ],
  [
    'a queue name that Redis would quote',
    production((e) => (e.sidekiq.queues['e score'] = 1)),
    'sidekiq.queues.e score: "e score" is not a valid DNS label',
  ],
  ['more than all traces', production((e) => (e.sentry.tracesSampleRate = 10)), 'sentry.tracesSampleRate: 10 '],
  [
    'a database image that moves',
    staging((e) => (e.inCluster.postgres.image = 'docker.io/library/postgres:latest')),
    'inCluster.postgres.image: "docker.io/library/postgres:latest" is not a pinned image',
  ],
  [
    'a database image without a tag',
    staging((e) => (e.inCluster.postgres.image = 'docker.io/library/postgres')),
    'inCluster.postgres.image: "docker.io/library/postgres" is not a pinned image',
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
    cluster((c) => (c.loadBalancer.public.alb.namespaces = [])),
    'charts/environments/production.ts: namespace: "production" may join no load balancer',
  ],
  [
    'a namespace with two load balancers',
    cluster((c) => c.loadBalancer.public['alb-shared'].namespaces.push('production')),
    'charts/environments/cluster.ts: loadBalancer.public.alb-shared.namespaces: "production" is also in those of alb',
  ],
  [
    'two load balancers of one group',
    cluster((c) => (c.loadBalancer.public['alb-shared'].group = 'eren')),
    'loadBalancer.public.alb-shared.group: "eren" is also that of another',
  ],
  [
    'a load balancer by the name of the internal one',
    cluster((c) => (c.loadBalancer.public['alb-internal'] = { group: 'other', namespaces: [] })),
    'loadBalancer.public.alb-internal: is the class of the internal load balancer',
  ],
  [
    'a webhook that GitHub does not reach',
    cluster((c) => (c.loadBalancer.public['alb-shared'].namespaces = ['staging', 'ci-cd'])),
    'loadBalancer.public: admits argocd nowhere',
  ],
  [
    'pods of an aborted version beside a whole canary of the next',
    production((e) => (e.web.canary.abortDelay = '11m')),
    'web.canary.abortDelay: 11m lets a canary that follows at once reach 100 %, 6 pods beside two sets in full, and they make 43 connections of 40 usable',
  ],
  [
    'an environment that is not an object',
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
    'a subnet that is not a range',
    cluster((c) => (c.network.vpc = '10.0.0.0')),
    'network.vpc: "10.0.0.0" is not an IPv4 range of /8 to /32',
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
    'delivery.repository: "http://github.com/e-ren/delivery.git" is not a repository on GitHub',
  ],
  [
    'a Kubernetes patch version',
    cluster((c) => (c.kubernetes = '1.35.4')),
    'kubernetes: "1.35.4" is not a valid minor version',
  ],
];

test.each(wrong)('%s is refused, with path, value and remedy', (_name, change, said) => {
  expect(problemsOf(change)).toContainEqual(expect.stringContaining(said));
});

test('a wrong type does not hide a wrong relation', () => {
  const problems = problemsOf(
    production((e) => {
      e.web.autoscaling.min = 7;
      e.web.canary.sentry.minimumSessions = 0;
    }),
  );
  expect(problems).toHaveLength(2);
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
