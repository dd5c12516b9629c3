import { addOns, eksAddOns, type Workload } from '../../charts/environments/add-ons';
import type { KubernetesObject } from './api';

/** Marks a pod that is nowhere when its node is gone. */
export const ofNode = 'test.e-ren/node';

/** A pod that wants a node. */
export type Demand = { readonly metadata: any; readonly spec: any };

/** Pods of a workload's template, with labels that their controller would add. */
export function copies({ metadata, spec, kind }: KubernetesObject, count: number, labels = {}): Demand[] {
  const { template } = spec;
  return Array.from({ length: count }, (_, i) => ({
    metadata: {
      name: [kind.toLowerCase(), metadata.name, ...Object.values(labels), i].join('-'),
      namespace: metadata.namespace,
      labels: { ...template.metadata?.labels, ...labels },
    },
    spec: template.spec,
  }));
}

/** The DaemonSet controller puts a pod on each node that it tolerates, by affinity to its name. */
export function onEach(nodes: readonly any[], { metadata, spec }: any, { name, namespace }: any): Demand[] {
  const tolerated = (taint: any) =>
    spec.tolerations?.some(
      ({ key, operator, value }: any) =>
        (operator === 'Exists' && (!key || key === taint.key)) || (key === taint.key && value === taint.value),
    );
  const fits = nodes.filter(({ spec: { taints = [] } }) => taints.every(tolerated));
  return fits.map((node) => ({
    metadata: {
      name: `${name}-${node.metadata.name}`,
      namespace,
      labels: metadata?.labels,
      annotations: { [ofNode]: node.metadata.name },
    },
    spec: {
      ...spec,
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              { matchFields: [{ key: 'metadata.name', operator: 'In', values: [node.metadata.name] }] },
            ],
          },
        },
      },
    },
  }));
}

interface Row {
  readonly name: string;
  readonly namespace: string;
  readonly workload: Workload<{ readonly cpu: string; readonly memory: string }>;
  readonly priority: string;
}

/** The workloads of the typed tables: what they request is all that is known of them. */
function addOnRows(): Row[] {
  const ours = Object.values(addOns).flatMap(({ namespace, workloads }) =>
    Object.entries<Workload>(workloads).map(([name, workload]) => ({
      name,
      namespace,
      workload,
      priority: 'system',
    })),
  );
  const aws = Object.entries<Row['workload']>(eksAddOns).map(([name, workload]) => ({
    name,
    namespace: 'kube-system',
    workload,
    priority: workload.kind === 'DaemonSet' ? 'system-node-critical' : 'system-cluster-critical',
  }));
  return [...ours, ...aws];
}

/** The DaemonSets' pods of the typed tables. */
export function addOnDaemons(nodes: readonly any[]): Demand[] {
  return addOnRows()
    .filter(({ workload }) => workload.kind === 'DaemonSet')
    .flatMap((row) => {
      const { metadata, spec } = addOnTemplate(row);
      return onEach(nodes, { metadata, spec: { ...spec, tolerations: [{ operator: 'Exists' }] } }, row);
    });
}

/** All other pods of the typed tables. */
export function addOnPods(): Demand[] {
  return addOnRows()
    .filter(({ workload }) => workload.kind !== 'DaemonSet')
    .flatMap((row) => {
      const { metadata, spec } = addOnTemplate(row);
      // Two of one kind shall not be on one node, where that is possible: the charts say the same.
      const topologySpreadConstraints = ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map(
        (topologyKey) => ({
          topologyKey,
          maxSkew: 1,
          whenUnsatisfiable: 'ScheduleAnyway',
          labelSelector: { matchLabels: metadata.labels },
        }),
      );
      const { name, namespace, workload } = row;
      const template = { metadata, spec: { ...spec, topologySpreadConstraints } };
      const owner = {
        apiVersion: 'apps/v1',
        kind: workload.kind,
        metadata: { name, namespace },
        spec: { template },
      };
      return copies(owner, workload.replicas ?? 1);
    });
}

function addOnTemplate({ name, workload, priority }: Row) {
  const { cpu, memory } = workload.resources;
  const security = {
    allowPrivilegeEscalation: false,
    runAsNonRoot: true,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  };
  const container = {
    name,
    image: `played/${name}:1`,
    resources: { requests: { cpu, memory } },
    securityContext: security,
  };
  return {
    metadata: { labels: { 'app.kubernetes.io/name': name } },
    spec: { priorityClassName: priority, automountServiceAccountToken: false, containers: [container] },
  };
}
