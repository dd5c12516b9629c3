import type { Environment } from './environment';

export const production: Environment = {
  name: 'production',
  namespace: 'production',
  host: 'eren.washu.edu',
  assetsHost: 'assets.eren.washu.edu',
  priority: 'production',
  quota: { cpu: '6000m', memory: '16Gi', memoryLimit: '24Gi', pods: 30, storage: '1Gi' },
  web: {
    autoscaling: { min: 3, max: 6, cpuUtilization: 70 },
    puma: { workers: 5, threads: 1 },
    resources: { cpu: '300m', memory: '896Mi', memoryLimit: '1280Mi' },
    drain: { deregistrationDelay: '20s', preStop: '25s', terminationGracePeriod: '60s' },
    // A person's is a tenth of the peak, an address's four times all of it.
    limits: { peak: 50, people: 1000, person: 300, address: 12_000 },
    canary: {
      steps: [{ weight: 20, pause: '5m' }, { weight: 50, pause: '5m' }, { weight: 100 }],
      progressDeadline: '10m',
      // For a slow load balancer controller.
      scaleDownDelay: '2m',
      // With the deadline before it, longer than it takes until the second person is called.
      abortDelay: '10m',
      sentry: {
        initialDelay: '3m',
        interval: '2m',
        failureLimit: 1,
        consecutiveErrorLimit: 2,
        errorRate: 5,
        minimumSessions: 50,
      },
      datadog: {
        initialDelay: '3m',
        interval: '2m',
        failureLimit: 1,
        consecutiveErrorLimit: 2,
        errorRate: 5,
        minimumRequests: 50,
      },
      gate: { interval: '1m', windows: ['5m', '15m'], deadline: '12m' },
    },
  },
  pgbouncer: {
    webPool: 2,
    sidekiqPool: 3,
    maxClients: 100,
    serverIdleTimeout: '60s',
    queryWaitTimeout: '15s',
    maxPreparedStatements: 200,
    resources: { cpu: '20m', memory: '32Mi', memoryLimit: '64Mi' },
  },
  connections: { max: 45, reserved: 5, migration: 2, datadog: 1, console: 1 },
  sidekiq: {
    replicas: 1,
    concurrency: 5,
    queues: { mailers: 4, 'e-score': 3, default: 2, geocoding: 1, maintenance: 1 },
    quiet: '10s',
    shutdownTimeout: '25s',
    terminationGracePeriod: '40s',
    takeOver: { after: '60s', interruptions: 3 },
    resources: { cpu: '100m', memory: '512Mi', memoryLimit: '768Mi' },
  },
  schedules: {
    eventReminders: '0 * * * *',
    databaseCleanup: '30 8 * * *',
    deadline: '5m',
    resources: { cpu: '50m', memory: '384Mi', memoryLimit: '512Mi' },
  },
  console: { deadline: '4h', resources: { cpu: '100m', memory: '512Mi', memoryLimit: '1Gi' } },
  migrations: {
    startedBy: 'person',
    // St. Louis wakes up: fewest requests, people at hand, and RDS, ElastiCache and Jenkins' backup are done.
    window: '11:00-13:00',
    // A month and more of releases that migrate, a tenth of what the region holds.
    snapshot: { keep: 10, resources: { cpu: '50m', memory: '128Mi', memoryLimit: '384Mi' } },
    lockTimeout: '5s',
    statementTimeout: '15m',
    deadline: '90m',
    resources: { cpu: '100m', memory: '512Mi', memoryLimit: '768Mi' },
  },
  sentry: { tracesSampleRate: 0.1, profilesSampleRate: 0.1 },
  aws: {
    database: {
      instance: 'db.t4g.micro',
      version: '16.14',
      name: 'eren',
      storage: '20Gi',
      maxStorage: '40Gi',
      // Twice the price, which the design does not plan; a lost zone is an hour of restoring.
      multiAz: false,
      backupRetention: 7,
      // In St. Louis' night, before the first build of the day and Jenkins' backup.
      backupWindow: '08:00-08:30',
      maintenanceWindow: 'sun:09:00-sun:10:00',
      performanceInsights: { retention: 7 },
      slowStatement: '1s',
      logRetention: 30,
    },
    cache: {
      node: 'cache.t4g.micro',
      version: '7.1',
      replicas: 0,
      snapshotRetention: 7,
      snapshotWindow: '07:00-08:00',
      maintenanceWindow: 'sun:10:00-sun:11:00',
    },
    uploads: { expireReplaced: 30 },
    assets: { expireReplaced: 30 },
    cdn: { priceClass: 'PriceClass_100', assets: '1h', pages: '5m', publicPages: [] },
    alarms: { databaseStorage: 80, databaseCpu: 80, cacheCpu: 80 },
  },
};
