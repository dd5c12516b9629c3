import type { Cluster } from './environment';

export const cluster: Cluster = {
  name: 'eren-cluster',
  region: 'us-east-1',
  kubernetes: '1.35',
  network: {
    vpc: '10.0.0.0/16',
    zones: ['us-east-1a', 'us-east-1b'],
    publicSubnets: ['10.0.1.0/24', '10.0.2.0/24'],
    privateSubnets: ['10.0.11.0/24', '10.0.12.0/24'],
    databaseSubnets: ['10.0.21.0/24', '10.0.22.0/24'],
    natGatewayPerZone: false,
  },
  nodeGroups: {
    app: {
      instanceType: 't3.medium',
      min: 3,
      max: 6,
      maxPods: 35,
      disk: '20Gi',
      workload: 'app',
      tainted: false,
      singleZone: false,
    },
    jenkins: {
      instanceType: 't3.medium',
      min: 1,
      max: 3,
      maxPods: 35,
      disk: '20Gi',
      workload: 'jenkins',
      tainted: true,
      singleZone: true,
    },
  },
  // Staging is below the pods that name no class, so it is what gives way when a node is lost.
  priorities: { system: 1_000_000, production: 100_000, staging: -1 },
  loadBalancer: {
    group: 'eren',
    namespaces: ['production', 'staging', 'ci-cd', 'argocd'],
    sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06',
    idleTimeout: '60s',
    healthCheckInterval: '30s',
    healthyThreshold: 2,
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
  },
  sentry: { organization: 'e-ren', project: 1, api: 'https://sentry.io' },
  datadog: { site: 'datadoghq.com', namespace: 'datadog' },
  images: {
    pgbouncer:
      'ghcr.io/cloudnative-pg/pgbouncer:1.25.1-trixie@sha256:e6ddfe22d845e603825e235dd8334b21ecd125abea2a2172478f556b8dee2bb8',
    awsCli:
      'docker.io/amazon/aws-cli:2.37.5@sha256:fb7ccfc7b4e3a05017e6c9ded4ba959b99af622130e211fb976c68c2f4d3f224',
  },
  budget: { monthly: 600, alerts: [200, 400, 550] },
};
