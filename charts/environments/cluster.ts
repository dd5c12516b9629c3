import type { Cluster } from './environment';
import { preview } from './preview';

// Docker's own copy of its official images: Docker Hub counts what the NAT gateway's one address pulls, this does not.
const node =
  'public.ecr.aws/docker/library/node:24.21.0-bookworm@sha256:64af3819f9275802414d7cdc38c27e9d82bd564dec4d4da87d008255d36c63b4';

export const cluster: Cluster = {
  name: 'eren-cluster',
  system: { name: 'e-ren', prefix: 'eren', title: 'E-Ren', domain: 'eren.washu.edu' },
  region: 'us-east-1',
  kubernetes: '1.35',
  network: {
    vpc: '10.0.0.0/16',
    zones: ['us-east-1a', 'us-east-1b'],
    publicSubnets: ['10.0.1.0/24', '10.0.2.0/24'],
    // A pod has an address, and a node takes them in whole sixteens: a /24 has not enough of these for the nodes of a zone.
    privateSubnets: ['10.0.32.0/20', '10.0.48.0/20'],
    databaseSubnets: ['10.0.21.0/24', '10.0.22.0/24'],
    services: '172.20.0.0/16',
    natGatewayPerZone: false,
  },
  nodeGroups: {
    app: {
      // Three t3.medium, the design's type, do not hold what runs at rest, nor six a canary: docs/decisions/0019.
      instanceType: 't4g.large',
      min: 3,
      max: 7,
      maxPods: 35,
      disk: '20Gi',
      workload: 'app',
      tainted: false,
      singleZone: false,
    },
    // Nodes come and go with builds; the first build waits two minutes for one.
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
  // docs/pilot.md has its price, and what it gives up.
  pilot: false,
  lostNode: 'held',
  // Staging and Jenkins are below the pods that name no class, so they are what gives way when a node is lost; previews give
  // way to them.
  priorities: { system: 1_000_000, production: 100_000, staging: -1, builds: -1, preview: -2 },
  // Every five minutes would be 736 thousand calls a month, six dollars. Whoever rotates a value asks for it at once.
  secretRefresh: '1h',
  loadBalancer: {
    public: {
      // Alone: whatever else joins can stop its updates. The second costs about 24 dollars a month (docs/decisions/0023).
      alb: { group: 'eren', namespaces: ['production'] },
      'alb-shared': { group: 'eren-shared', namespaces: ['staging', 'ci-cd', 'argocd'] },
    },
    internalGroup: 'eren-internal',
    sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06',
    idleTimeout: '60s',
    healthCheckInterval: '30s',
    healthyThreshold: 2,
    // Sidekiq's page, what Rails tells about itself, and metrics: the team looks in a console and in Datadog.
    refused: ['/sidekiq', '/rails/info', '/rails/mailers', '/metrics'],
    // A month is as far back as anybody has asked.
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
    // Production's migration may take 90 minutes, and the attempts of an automated sync wait 50 together.
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
    // Beside the app: a node of its own would be three quarters idle. A lost node keeps it waiting, as that one would.
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
        // The design's 3.2 has had no security fixes since March 2026.
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
        // `npm test` on two CPUs, two workers and what they start: 1.3 GiB at least, 1.9 where there is room.
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
    // AWS's own registry: Docker Hub's anonymous limit is by address, and all nodes leave by the same one.
    awsCli:
      'public.ecr.aws/aws-cli/aws-cli:2.37.9@sha256:92de75724b6a746951f0e8b915d86bbccd7cb55aff96cd0cb4f7017272160780',
    // The digests are those of gcr.io/datadoghq; whether this registry has the same was not asked (docs/decisions/0013-datadog-in-plain-yaml.md).
    datadogAgent:
      'public.ecr.aws/datadog/agent:7.83.1@sha256:ed0bd588e955d82f661d1b8dd1cdf179c1023e74a2817e7a812c99d52f05c319',
    datadogClusterAgent:
      'public.ecr.aws/datadog/cluster-agent:7.83.1@sha256:8e420c81e68abec34ab792c72a6513b739dcba8f7682c52e1e7e276363827b1a',
  },
  // The first is below what the design plans, 213: it tells that the month goes as planned.
  budget: { monthly: 600, alerts: [200, 400, 550], addresses: ['eren-operations@washu.edu'] },
  preview,
  alerts: {
    environment: 'production',
    // The design's rota: the project lead, and after 15 minutes a teammate.
    pagerduty: { first: 'E-Ren', second: 'E-Ren-Escalation', escalateAfter: '15m' },
    // The five rows of the design's table.
    // At night a handful of requests is all there is: with the floor one 5xx is nothing, two warn and six page.
    errorRate: { warning: 1, critical: 5, requests: 100 },
    latency: { warning: 500, critical: 1000 },
    connections: { of: 30, warning: 20, critical: 25 },
    restarts: { warning: 3, critical: 10 },
    buildFailures: 3,
    // The rarest run daily: one missed run is late, a slow one is not.
    lateJob: '36h',
    // Nobody waits for a mail longer than for a page, so a minute is told; after five, reminders come late.
    queueLatency: { warning: 60, critical: 300 },
    // ElastiCache keeps a quarter for its snapshots already; at 100 Sidekiq cannot enqueue.
    redisMemory: { warning: 75, critical: 90 },
    // A web pod has five clients: two have a connection and three can wait. All three is critical.
    poolWaiting: { warning: 1, critical: 2 },
    // ACM renews by itself 60 days before the end; whatever is left at 45 needs a person.
    certificateDays: { warning: 45, critical: 14 },
    // 8,928 runs a month from one place; from two it would have to look every ten minutes.
    outside: { every: '5m', locations: ['aws:us-east-2'] },
    freeTier: {
      warning: 80,
      critical: 90,
      // Google Maps: free calls a month; each one more costs half a cent.
      geocodingRequests: 10_000,
      // PagerDuty's free plan; a page without SMS may not wake anybody.
      sms: 100,
      // Datadog Pro of the Student Developer Pack; the node groups at their largest are nine, so more are
      // a replaced node, counted twice in its hour, or what is not a node of ours.
      datadogHosts: 10,
      // Not free: the smallest unit that Datadog bills, about five dollars.
      outsideRuns: 10_000,
    },
  },
  aws: {
    tags: { project: 'e-ren', owner: 'e-ren-operations' },
    // Nobody by the internet until somebody needs it; docs/runbooks/reach-internal-hosts.md is the way in.
    api: { publicAccess: [], administrators: [], viewers: [], logRetention: 30 },
    // All traffic would cost more than it tells; what was refused is what somebody looks for.
    flowLogs: { traffic: 'REJECT', retention: 14 },
    addOns: {
      'vpc-cni': 'v1.22.4-eksbuild.3',
      coredns: 'v1.13.2-eksbuild.11',
      'kube-proxy': 'v1.35.3-eksbuild.18',
      'aws-ebs-csi-driver': 'v1.63.1-eksbuild.1',
      'eks-pod-identity-agent': 'v1.3.10-eksbuild.3',
      'metrics-server': 'v0.9.0-eksbuild.5',
    },
    // A canary that is slowed down to a fifth of a CPU would be judged slow and ended.
    nodes: { cpuCredits: 'unlimited', diskIops: 3000, diskThroughput: 125 },
    dns: { zone: 'eren.washu.edu', internalZone: 'internal.eren.washu.edu' },
    repositories: {
      // A rollback reaches as far back as there are images.
      'e-ren': { keep: 100, mutable: false },
      'e-ren-cache': { keep: 10, mutable: true },
      // Three days of pushes: a preview that is still open pulls its image again when its node goes.
      'e-ren-preview': { keep: 50, mutable: false },
    },
    // Docker Hub lets one address pull 100 images in six hours, and all nodes leave by the same one. An image for several
    // architectures counts as several.
    pullThrough: { 'docker.io': { prefix: 'docker-hub', keep: 30 } },
    // Staging's PostgreSQL: a lost volume is a day of work, and nothing that students see.
    recovery: { deletionProtection: true, keys: 30, secrets: 7, volumes: { at: '09:00', keep: 3 } },
    mail: {
      returnPath: 'bounce.eren.washu.edu',
      reports: 'eren-operations@washu.edu',
    },
    // Datadog's own account for US1.
    datadog: { account: '464622532012' },
  },
};
