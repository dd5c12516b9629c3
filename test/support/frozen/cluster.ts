import type { Cluster } from '../../../charts/environments/environment';

const node =
  'public.ecr.aws/docker/library/node:22.23.1-bookworm@sha256:5647be709086c696ff32edaaf1c70cd26d1da6ab2b39c32f3c7b4c4a31957e37';

export const cluster: Cluster = {
  name: 'eren-cluster',
  system: { name: 'e-ren', prefix: 'eren', title: 'E-Ren', domain: 'eren.washu.edu' },
  region: 'us-east-1',
  kubernetes: '1.35',
  network: {
    vpc: '10.0.0.0/16',
    zones: ['us-east-1a', 'us-east-1b'],
    publicSubnets: ['10.0.1.0/24', '10.0.2.0/24'],
    privateSubnets: ['10.0.32.0/20', '10.0.48.0/20'],
    databaseSubnets: ['10.0.21.0/24', '10.0.22.0/24'],
    services: '172.20.0.0/16',
    natGatewayPerZone: false,
  },
  nodeGroups: {
    app: {
      instanceType: 't4g.large',
      min: 3,
      max: 6,
      maxPods: 35,
      disk: '20Gi',
      workload: 'app',
      tainted: false,
      singleZone: false,
    },
    jenkins: {
      instanceType: 't4g.medium',
      min: 0,
      max: 2,
      maxPods: 35,
      disk: '20Gi',
      workload: 'jenkins',
      tainted: true,
      singleZone: true,
    },
  },
  secretRefresh: '5m',
  pilot: false,
  lostNode: 'held',
  priorities: { system: 1_000_000, production: 100_000, staging: -1, builds: -1 },
  loadBalancer: {
    public: {
      alb: { group: 'eren', namespaces: ['production'] },
      'alb-shared': { group: 'eren-shared', namespaces: ['staging', 'ci-cd', 'argocd'] },
    },
    internalGroup: 'eren-internal',
    sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06',
    idleTimeout: '60s',
    healthCheckInterval: '30s',
    healthyThreshold: 2,
    refused: ['/sidekiq', '/rails/info', '/rails/mailers', '/metrics'],
    accessLogs: { retention: 30 },
  },
  hosts: {
    argocd: 'argocd.internal.eren.washu.edu',
    jenkins: 'jenkins.internal.eren.washu.edu',
    webhooks: 'webhooks.eren.washu.edu',
  },
  delivery: {
    repository: 'https://github.com/e-ren/delivery.git',
    branch: 'main',
    organization: 'e-ren',
    readers: 'developers',
    operators: 'operators',
    channel: 'eren-deploys',
    syncTimeout: '2h',
    syncWithin: '15m',
  },
  sentry: { organization: 'e-ren', project: 1, api: 'https://sentry.io' },
  datadog: {
    site: 'datadoghq.com',
    namespace: 'datadog',
    agent: { cpu: '100m', memory: '256Mi', memoryLimit: '512Mi' },
    traceAgent: { cpu: '20m', memory: '64Mi', memoryLimit: '256Mi' },
    clusterAgent: { cpu: '50m', memory: '128Mi', memoryLimit: '384Mi' },
    checks: { cpu: '20m', memory: '192Mi', memoryLimit: '384Mi' },
  },
  jenkins: {
    nodeGroup: 'app',
    priority: 'builds',
    image:
      'docker.io/jenkins/jenkins:2.568.2-jdk21@sha256:8547df3b0db2803d158ecc9499207a056bb30c23fddc18bb5b4a4dc14e77dd09',
    resources: { cpu: '300m', memory: '2Gi', memoryLimit: '2Gi' },
    heapPercent: 60,
    storage: '20Gi',
    terminationGracePeriod: '90s',
    buildsKept: 30,
    application: 'https://github.com/e-ren/e-ren.git',
    agents: {
      most: 2,
      nodeGroup: 'jenkins',
      connectTimeout: '10m',
      buildTimeout: '2h',
      inbound: {
        image:
          'docker.io/jenkins/inbound-agent:3385.vf1123fb_515da_-1@sha256:6dbeabd484bb3926293de0b337117f7ad8bb2c0ba1a425b3e34e3d3983b5e1f9',
        resources: { cpu: '100m', memory: '256Mi', memoryLimit: '512Mi' },
      },
      rspec: {
        ruby: {
          image:
            'public.ecr.aws/docker/library/ruby:3.4.10-bookworm@sha256:719732d30910d44c7173cde5010bf33c8f279573bd8908e2ff2b49272b7d55ce',
          resources: { cpu: '1000m', memory: '2Gi', memoryLimit: '2Gi' },
        },
        postgres: {
          image:
            'public.ecr.aws/docker/library/postgres:16.14@sha256:95206741a5b214807675e14165369d05b93a9cf692223b616d07cca227e74b0b',
          resources: { cpu: '50m', memory: '128Mi', memoryLimit: '256Mi' },
        },
        redis: {
          image:
            'public.ecr.aws/docker/library/redis:7.4.10-bookworm@sha256:e9b2e45ecd47fbb69b877cf8d045d5cccaaaed52524b6e098b4abe8212994f73',
          resources: { cpu: '10m', memory: '32Mi', memoryLimit: '64Mi' },
        },
      },
      docker: {
        buildkit: {
          image:
            'docker.io/moby/buildkit:v0.32.2-rootless@sha256:504731e577c20559c00f968f33219f30115e70be29ab96728d1d06e963fc494b',
          resources: { cpu: '1000m', memory: '2Gi', memoryLimit: '2Gi' },
        },
        cacheRepository: 'e-ren-cache',
      },
      review: {
        node: { image: node, resources: { cpu: '1000m', memory: '2Gi', memoryLimit: '2Gi' } },
      },
      deploy: {
        node: {
          image: node,
          resources: { cpu: '250m', memory: '512Mi', memoryLimit: '1Gi' },
        },
      },
    },
    backup: {
      schedule: '30 7 * * *',
      keep: 7,
      resources: { cpu: '10m', memory: '128Mi', memoryLimit: '256Mi' },
    },
  },
  images: {
    pgbouncer:
      'ghcr.io/cloudnative-pg/pgbouncer:1.25.1-trixie@sha256:e6ddfe22d845e603825e235dd8334b21ecd125abea2a2172478f556b8dee2bb8',
    awsCli:
      'public.ecr.aws/aws-cli/aws-cli:2.37.9@sha256:92de75724b6a746951f0e8b915d86bbccd7cb55aff96cd0cb4f7017272160780',
    datadogAgent: 'public.ecr.aws/datadog/agent:7.81.1',
    datadogClusterAgent: 'public.ecr.aws/datadog/cluster-agent:7.81.1',
  },
  budget: { monthly: 600, alerts: [200, 400, 550], addresses: ['eren-operations@washu.edu'] },
  alerts: {
    environment: 'production',
    pagerduty: { first: 'E-Ren', second: 'E-Ren-Escalation', escalateAfter: '15m' },
    errorRate: { warning: 1, critical: 5, requests: 100 },
    latency: { warning: 500, critical: 1000 },
    connections: { of: 30, warning: 20, critical: 25 },
    restarts: { warning: 3, critical: 10 },
    buildFailures: 3,
    lateJob: '36h',
    queueLatency: { warning: 60, critical: 300 },
    redisMemory: { warning: 75, critical: 90 },
    poolWaiting: { warning: 1, critical: 2 },
    certificateDays: { warning: 45, critical: 14 },
    outside: { every: '5m', locations: ['aws:us-east-2'] },
    freeTier: {
      warning: 80,
      critical: 90,
      geocodingRequests: 10_000,
      sms: 100,
      datadogHosts: 10,
      outsideRuns: 10_000,
    },
  },
  aws: {
    tags: { project: 'e-ren', owner: 'e-ren-operations' },
    api: { publicAccess: [], administrators: [], viewers: [], logRetention: 30 },
    flowLogs: { traffic: 'REJECT', retention: 14 },
    addOns: {
      'vpc-cni': 'v1.22.4-eksbuild.3',
      coredns: 'v1.13.2-eksbuild.11',
      'kube-proxy': 'v1.35.3-eksbuild.18',
      'aws-ebs-csi-driver': 'v1.63.1-eksbuild.1',
      'eks-pod-identity-agent': 'v1.3.10-eksbuild.3',
      'metrics-server': 'v0.9.0-eksbuild.5',
    },
    nodes: { cpuCredits: 'unlimited', diskIops: 3000, diskThroughput: 125 },
    dns: { zone: 'eren.washu.edu', internalZone: 'internal.eren.washu.edu' },
    repositories: {
      'e-ren': { keep: 100, mutable: false },
      'e-ren-cache': { keep: 10, mutable: true },
    },
    pullThrough: { 'docker.io': { prefix: 'docker-hub', keep: 30 } },
    recovery: { deletionProtection: true, keys: 30, secrets: 7, volumes: { at: '09:00', keep: 3 } },
    mail: {
      returnPath: 'bounce.eren.washu.edu',
      reports: 'eren-operations@washu.edu',
    },
    datadog: { account: '464622532012' },
  },
};
