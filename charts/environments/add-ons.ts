import type { Environment, Resources } from './environment';

/** Pods of one kind, each of which is placed on a node as a whole. */
export interface Workload<R = Resources> {
  readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  /** Absent for a DaemonSet: one on every node. */
  readonly replicas?: number;
  /** What one pod takes. */
  readonly resources: R;
  /** What each container takes, where a pod has several that are alike; together they are `resources`. */
  readonly container?: R;
}

/** One upstream Helm chart, delivered by Argo CD under its name here. */
export interface AddOn {
  readonly repository: string;
  readonly chart: string;
  /** The chart's version. */
  readonly version: string;
  /** The program's version: also the release that the definitions in imports/crds/ are taken from. */
  readonly release: `v${string}`;
  readonly namespace: string;
  /** By name in the cluster. The values of the chart take every number from here. */
  readonly workloads: Readonly<Record<string, Workload>>;
  /** Present: delivered only while an environment answers true. Absent: always. */
  readonly neededBy?: (environment: Environment) => boolean;
}

/**
 * What the cluster itself needs and AWS does not offer as an EKS add-on. The charts set no requests; these are ours,
 * and small, because the application nodes hold them beside the app.
 */
export const addOns = {
  'external-secrets': {
    repository: 'https://charts.external-secrets.io',
    chart: 'external-secrets',
    version: '2.9.0',
    release: 'v2.9.0',
    namespace: 'external-secrets',
    workloads: {
      'external-secrets': {
        kind: 'Deployment',
        replicas: 2,
        resources: { cpu: '25m', memory: '128Mi', memoryLimit: '256Mi' },
      },
      // Without an answer of the webhook no ExternalSecret can be applied.
      'external-secrets-webhook': {
        kind: 'Deployment',
        replicas: 2,
        resources: { cpu: '10m', memory: '64Mi', memoryLimit: '128Mi' },
      },
      // Renews the webhook's certificate; may be away for days.
      'external-secrets-cert-controller': {
        kind: 'Deployment',
        replicas: 1,
        resources: { cpu: '10m', memory: '64Mi', memoryLimit: '128Mi' },
      },
    },
  },
  'argo-rollouts': {
    repository: 'https://argoproj.github.io/argo-helm',
    chart: 'argo-rollouts',
    version: '2.41.1',
    release: 'v1.9.1',
    namespace: 'argo-rollouts',
    workloads: {
      'argo-rollouts': {
        kind: 'Deployment',
        replicas: 2,
        resources: { cpu: '50m', memory: '128Mi', memoryLimit: '512Mi' },
      },
    },
  },
  'aws-load-balancer-controller': {
    repository: 'https://aws.github.io/eks-charts',
    chart: 'aws-load-balancer-controller',
    version: '3.5.0',
    release: 'v3.5.0',
    namespace: 'kube-system',
    workloads: {
      'aws-load-balancer-controller': {
        kind: 'Deployment',
        replicas: 2,
        resources: { cpu: '50m', memory: '128Mi', memoryLimit: '256Mi' },
      },
    },
  },
  'argo-cd': {
    repository: 'https://argoproj.github.io/argo-helm',
    chart: 'argo-cd',
    version: '10.4.0',
    release: 'v3.5.1',
    namespace: 'argocd',
    workloads: {
      'argocd-application-controller': {
        kind: 'StatefulSet',
        replicas: 1,
        resources: { cpu: '250m', memory: '512Mi', memoryLimit: '1536Mi' },
      },
      'argocd-server': {
        kind: 'Deployment',
        replicas: 2,
        resources: { cpu: '50m', memory: '128Mi', memoryLimit: '512Mi' },
      },
      // Renders the Helm charts of this table; a large one takes some hundred megabytes for a moment.
      'argocd-repo-server': {
        kind: 'Deployment',
        replicas: 2,
        resources: { cpu: '100m', memory: '256Mi', memoryLimit: '1Gi' },
      },
      // No ApplicationSet is used, and the chart has no other switch.
      'argocd-applicationset-controller': {
        kind: 'Deployment',
        replicas: 0,
        resources: { cpu: '20m', memory: '96Mi', memoryLimit: '256Mi' },
      },
      'argocd-notifications-controller': {
        kind: 'Deployment',
        replicas: 1,
        resources: { cpu: '10m', memory: '96Mi', memoryLimit: '256Mi' },
      },
      'argocd-dex-server': {
        kind: 'Deployment',
        replicas: 1,
        resources: { cpu: '10m', memory: '64Mi', memoryLimit: '128Mi' },
      },
      // A cache, which Argo CD fills again.
      'argocd-redis': {
        kind: 'Deployment',
        replicas: 1,
        resources: { cpu: '50m', memory: '64Mi', memoryLimit: '256Mi' },
      },
    },
  },
  reloader: {
    repository: 'https://stakater.github.io/stakater-charts',
    chart: 'reloader',
    version: '2.2.16',
    release: 'v1.4.21',
    namespace: 'reloader',
    workloads: {
      reloader: {
        kind: 'Deployment',
        replicas: 2,
        // The example in the chart: it keeps every Secret and ConfigMap of its namespaces in memory.
        resources: { cpu: '10m', memory: '128Mi', memoryLimit: '512Mi' },
      },
    },
  },
  'cluster-autoscaler': {
    repository: 'https://kubernetes.github.io/autoscaler',
    chart: 'cluster-autoscaler',
    version: '9.59.0',
    // Its minor version is that of Kubernetes. The chart's own default is the first patch of it.
    release: 'v1.35.2',
    namespace: 'kube-system',
    workloads: {
      'cluster-autoscaler': {
        kind: 'Deployment',
        replicas: 2,
        resources: { cpu: '50m', memory: '256Mi', memoryLimit: '600Mi' },
      },
    },
  },
  'external-dns': {
    repository: 'https://kubernetes-sigs.github.io/external-dns/',
    chart: 'external-dns',
    version: '1.21.1',
    release: 'v0.21.0',
    namespace: 'external-dns',
    workloads: {
      // The chart runs one: two would write the same records. In it one container for each kind of zone.
      'external-dns': {
        kind: 'Deployment',
        replicas: 1,
        resources: { cpu: '10m', memory: '64Mi', memoryLimit: '128Mi' },
        container: { cpu: '5m', memory: '32Mi', memoryLimit: '64Mi' },
      },
    },
  },
  'datadog-operator': {
    repository: 'https://helm.datadoghq.com',
    chart: 'datadog-operator',
    version: '2.25.1',
    release: 'v1.29.0',
    namespace: 'datadog',
    workloads: {
      // It only writes monitors; no pod waits for it.
      'datadog-operator': {
        kind: 'Deployment',
        replicas: 1,
        resources: { cpu: '20m', memory: '128Mi', memoryLimit: '256Mi' },
      },
    },
  },
  keda: {
    repository: 'https://kedacore.github.io/charts',
    chart: 'keda',
    version: '2.20.2',
    release: 'v2.20.2',
    namespace: 'keda',
    neededBy: ({ sidekiq }) => sidekiq.scaling !== undefined,
    workloads: {
      // No pod waits for it: without it the replicas stay what they are.
      'keda-operator': {
        kind: 'Deployment',
        replicas: 1,
        resources: { cpu: '25m', memory: '128Mi', memoryLimit: '512Mi' },
      },
      // Where the autoscaler asks for what the operator has measured.
      'keda-operator-metrics-apiserver': {
        kind: 'Deployment',
        replicas: 1,
        resources: { cpu: '10m', memory: '64Mi', memoryLimit: '256Mi' },
      },
    },
  },
} satisfies Record<string, AddOn>;

export type AddOnName = keyof typeof addOns;

/** @returns what is delivered: all of the table but what only a setting needs that none of these environments has */
export function deliveredAddOns(environments: readonly Environment[]): [AddOnName, AddOn][] {
  return (Object.entries(addOns) as [AddOnName, AddOn][]).filter(
    ([, { neededBy }]) => neededBy === undefined || environments.some(neededBy),
  );
}

/**
 * What Terraform installs as EKS add-ons, all in kube-system, with the requests of a pod, which AWS decides. An add-on
 * may differ a little from the chart it is made of: `kubectl describe nodes` tells.
 */
export const eksAddOns = {
  // Chart aws-vpc-cni 1.22.4: aws-node and its network policy agent 25m each, no memory.
  'aws-node': { kind: 'DaemonSet', resources: { cpu: '50m', memory: '0Mi' } },
  // Seen in the metrics of an EKS cluster: 100m for each of the two; memory for CoreDNS alone.
  'kube-proxy': { kind: 'DaemonSet', resources: { cpu: '100m', memory: '0Mi' } },
  coredns: { kind: 'Deployment', replicas: 2, resources: { cpu: '100m', memory: '70Mi' } },
  // Chart aws-ebs-csi-driver 2.64.0: five containers of 10m/40Mi (with snapshots, which AWS installs) and a probe
  // of 10m/32Mi; on each node one of 10m/40Mi and two of 10m/32Mi.
  'ebs-csi-controller': { kind: 'Deployment', replicas: 2, resources: { cpu: '60m', memory: '232Mi' } },
  'ebs-csi-node': { kind: 'DaemonSet', resources: { cpu: '30m', memory: '104Mi' } },
  // Chart eks-pod-identity-agent: no requests at all.
  'eks-pod-identity-agent': { kind: 'DaemonSet', resources: { cpu: '0m', memory: '0Mi' } },
  // Chart metrics-server 3.13.1, and seen in the metrics of an EKS cluster; AWS runs two.
  'metrics-server': { kind: 'Deployment', replicas: 2, resources: { cpu: '100m', memory: '200Mi' } },
} satisfies Record<string, Workload<Pick<Resources, 'cpu' | 'memory'>>>;
