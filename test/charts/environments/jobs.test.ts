import { problemsOf } from '../../support/problems';

const production = (change: (environment: any) => void) => (settings: any) => change(settings.environments[0]);
const staging = (change: (environment: any) => void) => (settings: any) => change(settings.environments[1]);

const wrong: [string, (settings: any) => void, string][] = [
  [
    'Sidekiq killed before its quiet time and its jobs end',
    production((e) => (e.sidekiq.quiet = '15s')),
    'sidekiq.terminationGracePeriod: 40s must be longer than shutdownTimeout, 25s, and quiet, 15s, together',
  ],
  [
    'jobs taken over from a process that was late once',
    production((e) => (e.sidekiq.takeOver.after = '20s')),
    'sidekiq.takeOver.after: 20s is below 30s, three signs of life; jobs of a process that lives would run twice',
  ],
  [
    'scaling below the least of processes',
    production((e) => {
      e.sidekiq.replicas = 2;
      e.sidekiq.scaling = { max: 1, latency: '30s', jobsPerProcess: 100 };
    }),
    'sidekiq.scaling.max: 1 is below replicas, 2, which are the least; lower replicas or raise max',
  ],
  [
    'scaling beyond the connections of the database',
    production((e) => (e.sidekiq.scaling = { max: 5, latency: '30s', jobsPerProcess: 100 })),
    'pgbouncer.webPool: 2 makes 43 connections at the worst moment (12 web pods × 2, 5 Sidekiq × 3',
  ],
  [
    'scaling without the connections that a canary then holds',
    production((e) => (e.sidekiq.scaling = { max: 4, latency: '30s', jobsPerProcess: 100 })),
    'a canary at HPA maximum may hold 40, and each would page; raise connections.max of production',
  ],
  [
    'scaling that begins after people are told',
    production((e) => (e.sidekiq.scaling = { max: 2, latency: '1m', jobsPerProcess: 100 })),
    'charts/environments/cluster.ts: alerts.queueLatency.warning: 60 is not above sidekiq.scaling.latency of production, 1m',
  ],
  [
    'scaling by a wait that is not a time',
    staging((e) => (e.sidekiq.scaling = { max: 2, latency: 30, jobsPerProcess: 100 })),
    'sidekiq.scaling.latency: 30 is not a valid duration',
  ],
  [
    'scaling that is only switched on',
    production((e) => (e.sidekiq.scaling = {})),
    'sidekiq.scaling.max: is missing; add it',
  ],
  [
    'Spot for Sidekiq without a node group of it',
    production((e) => (e.sidekiq.spot = {})),
    'sidekiq.spot: is set, but no node group of cluster.ts has Spot capacity',
  ],
  [
    'a migration that a snapshot leaves no time for',
    production((e) => (e.migrations.deadline = '40m')),
    'migrations.deadline: 40m must be longer than statementTimeout, 15m, and the 1800s that a snapshot may take before it',
  ],
  [
    'a migration that Argo CD ends before its own deadline',
    production((e) => (e.migrations.deadline = '2h')),
    'migrations.deadline: 2h must be shorter than delivery.syncTimeout, 2h, in charts/environments/cluster.ts, or Argo CD deletes the Job before its time is over',
  ],
  [
    'a migration that Argo CD ends before anybody is told that it takes too long',
    production((e) => (e.migrations.deadline = '110m')),
    'migrations.deadline: 110m and delivery.syncWithin, 15m, together must be shorter than delivery.syncTimeout, 2h',
  ],
  [
    'Spot that is only switched on',
    production((e) => (e.sidekiq.spot = true)),
    'sidekiq.spot: true is not Object',
  ],
  [
    'a process more for no job',
    production((e) => (e.sidekiq.scaling = { max: 2, latency: '30s', jobsPerProcess: 0 })),
    'sidekiq.scaling.jobsPerProcess: 0 is too small; the least is 1',
  ],
  [
    'migrations that nobody starts',
    production((e) => (e.migrations.startedBy = 'nobody')),
    'migrations.startedBy: "nobody" is not ("commit" | "person")',
  ],
  [
    'a snapshot of a database that is not of RDS',
    staging((e) => (e.migrations.snapshot = { keep: 10, resources: e.migrations.resources })),
    'migrations.snapshot: is set, but with inCluster there is no RDS instance to take one of; remove it',
  ],
  [
    'no time at all, which PostgreSQL takes for no limit',
    production((e) => (e.migrations.lockTimeout = '0s')),
    'migrations.lockTimeout: "0s" is not a valid duration',
  ],
  [
    'a statement that may take no longer than its lock',
    production((e) => (e.migrations.lockTimeout = '15m')),
    'migrations.statementTimeout: 15m must be longer than lockTimeout, 15m',
  ],
  [
    'a Job that ends before its statement',
    staging((e) => (e.migrations.deadline = '5m')),
    'migrations.deadline: 5m must be longer than statementTimeout, 5m',
  ],
  [
    'a migration with a limit below what it requests',
    production((e) => (e.migrations.resources.memoryLimit = '256Mi')),
    'migrations.resources.memoryLimit: 256Mi is below the request, 512Mi',
  ],
  [
    'a snapshot container with a limit below what it requests',
    production((e) => (e.migrations.snapshot.resources.memoryLimit = '64Mi')),
    'migrations.snapshot.resources.memoryLimit: 64Mi is below the request, 128Mi',
  ],
  [
    'a console with a limit below what it requests',
    production((e) => (e.console.resources.memoryLimit = '256Mi')),
    'console.resources.memoryLimit: 256Mi is below the request, 512Mi',
  ],
  [
    'an enqueuer with a limit below what it requests',
    production((e) => (e.schedules.resources.memoryLimit = '256Mi')),
    'schedules.resources.memoryLimit: 256Mi is below the request, 384Mi',
  ],
  [
    'a console that never ends',
    production((e) => delete e.console.deadline),
    'console.deadline: is missing; add it',
  ],
];

test.each(wrong)('%s is refused, with path, value and remedy', (_name, change, said) => {
  expect(problemsOf(change)).toContainEqual(expect.stringContaining(said));
});
