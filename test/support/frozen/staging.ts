import type { Environment } from '../../../charts/environments/environment';

export const staging: Environment = {
  name: 'staging',
  namespace: 'staging',
  host: 'staging.eren.washu.edu',
  priority: 'staging',
  quota: { cpu: '2000m', memory: '6Gi', memoryLimit: '8Gi', pods: 20, storage: '10Gi' },
  web: {
    autoscaling: { min: 1, max: 2, cpuUtilization: 80 },
    puma: { workers: 2, threads: 1 },
    resources: { cpu: '100m', memory: '512Mi', memoryLimit: '768Mi' },
    drain: { deregistrationDelay: '10s', preStop: '15s', terminationGracePeriod: '45s' },
    limits: { peak: 50, people: 1000, person: 300, address: 12_000 },
    canary: {
      steps: [{ weight: 20, pause: '3m' }, { weight: 50, pause: '3m' }, { weight: 100 }],
      progressDeadline: '10m',
      scaleDownDelay: '2m',
      abortDelay: '2m',
      sentry: {
        initialDelay: '2m',
        interval: '1m',
        failureLimit: 1,
        consecutiveErrorLimit: 2,
        errorRate: 5,
        minimumSessions: 20,
      },
      datadog: {
        initialDelay: '2m',
        interval: '1m',
        failureLimit: 1,
        consecutiveErrorLimit: 2,
        errorRate: 5,
        minimumRequests: 10,
      },
      gate: { interval: '30s', windows: ['3m'], deadline: '3m' },
    },
  },
  pgbouncer: {
    webPool: 2,
    sidekiqPool: 3,
    maxClients: 50,
    serverIdleTimeout: '60s',
    queryWaitTimeout: '15s',
    maxPreparedStatements: 200,
    resources: { cpu: '10m', memory: '32Mi', memoryLimit: '64Mi' },
  },
  connections: { max: 30, reserved: 3, migration: 2, datadog: 0, console: 1 },
  sidekiq: {
    replicas: 1,
    concurrency: 2,
    queues: { mailers: 4, 'e-score': 3, default: 2, geocoding: 1, maintenance: 1 },
    quiet: '10s',
    shutdownTimeout: '25s',
    terminationGracePeriod: '40s',
    takeOver: { after: '60s', interruptions: 3 },
    resources: { cpu: '50m', memory: '384Mi', memoryLimit: '512Mi' },
  },
  schedules: {
    eventReminders: '0 * * * *',
    databaseCleanup: '30 8 * * *',
    deadline: '5m',
    resources: { cpu: '50m', memory: '384Mi', memoryLimit: '512Mi' },
  },
  console: { deadline: '4h', resources: { cpu: '50m', memory: '384Mi', memoryLimit: '512Mi' } },
  migrations: {
    startedBy: 'commit',
    lockTimeout: '5s',
    statementTimeout: '5m',
    deadline: '15m',
    resources: { cpu: '50m', memory: '384Mi', memoryLimit: '512Mi' },
  },
  sentry: { tracesSampleRate: 0.1, profilesSampleRate: 0 },
  inCluster: {
    postgres: {
      image:
        'public.ecr.aws/docker/library/postgres:16.14@sha256:95206741a5b214807675e14165369d05b93a9cf692223b616d07cca227e74b0b',
      storage: '5Gi',
      resources: { cpu: '50m', memory: '256Mi', memoryLimit: '512Mi' },
    },
    redis: {
      image:
        'public.ecr.aws/docker/library/redis:7.4.10-bookworm@sha256:e9b2e45ecd47fbb69b877cf8d045d5cccaaaed52524b6e098b4abe8212994f73',
      storage: '1Gi',
      resources: { cpu: '20m', memory: '64Mi', memoryLimit: '128Mi' },
    },
  },
};
