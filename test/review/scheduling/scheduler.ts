import { CoreV1Api, KubeConfig, SchedulingV1Api, type V1Node, type V1Pod } from '@kubernetes/client-node';
import { admits } from '../../../review/scheduling/cluster';
import type { Fit } from '../../../review/scheduling/judge';
import { randomOf, shuffle } from '../../../review/scheduling/random';
import type { PodSet } from '../../../review/scheduling/workloads';

const namespace = 'scheduling';
const zoneKey = 'topology.kubernetes.io/zone';
/** With nothing new for so long the scheduler has decided; its longest pause between two attempts at a pod is 10 s. */
const settled = 11_000;

/**
 * Lets a real scheduler place the pods of a moment, several times beside each other: each round has nodes and labels of
 * its own. Pods of DaemonSets are on their nodes first; the others come in an order by chance, and those that had to give
 * way come again, as their controllers would make them. Needs an API server and kube-scheduler, and nothing that looks
 * whether nodes are alive.
 *
 * @returns for each round the names of sets of which a pod has no node
 */
export async function place(kubeconfig: string, sets: readonly PodSet[], fit: Fit, rounds: number, seed: number) {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const core = config.makeApiClient(CoreV1Api);
  await prepare(config, sets);

  const nodes: V1Node[] = [];
  const waiting: Pod[] = [];
  for (let round = 0; round < rounds; round++) {
    const ours = nodesOf(fit, round);
    nodes.push(...ours.map(({ node }) => node));
    for (const { node, kind } of ours)
      for (const set of sets)
        if (set.daemon && admits(kind, set)) waiting.push({ set, round, seed, node: node.metadata?.name });
    const pods = sets.flatMap((set) =>
      set.daemon ? [] : Array.from({ length: fit.moment.pods(set) }, () => ({ set, round, seed })),
    );
    waiting.push(...shuffle(pods, randomOf(1000 * seed + round)));
  }
  await inBatches(nodes, async (body) => {
    const { metadata, spec } = await core.createNode({ body });
    // The API server taints a node that has not reported yet.
    if (spec?.taints?.length !== body.spec?.taints?.length)
      await core.replaceNode({
        name: metadata?.name as string,
        body: { ...body, metadata: { ...body.metadata, resourceVersion: metadata?.resourceVersion } },
      });
  });

  const made = new Map<string, Pod>();
  const make = async (pods: Pod[]) =>
    inBatches(pods, async (pod) => {
      const name = `pod-${made.size}`;
      made.set(name, pod);
      await core.createNamespacedPod({ namespace, body: manifest(name, pod, fit) });
    });
  await make(waiting);

  let [before, since] = ['', Date.now()];
  for (;;) {
    const { items } = await core.listNamespacedPod({ namespace });
    const there = new Set(items.map(({ metadata }) => metadata?.name));
    const evicted = [...made].filter(([name]) => !there.has(name));
    for (const [name] of evicted) made.delete(name);
    // Named by number, so that none is taken twice.
    for (const [, pod] of evicted) {
      const name = `again-${crypto.randomUUID().slice(0, 8)}`;
      made.set(name, pod);
      await core.createNamespacedPod({ namespace, body: manifest(name, pod, fit) });
    }
    const left = items.filter(({ spec }) => !spec?.nodeName).map(({ metadata }) => metadata?.name as string);
    const now = [...left, ...evicted.map(([name]) => name)].sort().join();
    if (now !== before) [before, since] = [now, Date.now()];
    if (now === '' || Date.now() - since > settled) {
      await clean(core);
      return Array.from({ length: rounds }, (_, round) =>
        [
          ...new Set(
            left.flatMap((name) => (made.get(name)?.round === round ? [made.get(name)?.set.name ?? ''] : [])),
          ),
        ].sort(),
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

interface Pod {
  readonly set: PodSet;
  readonly round: number;
  readonly seed: number;
  /** Already there. */
  readonly node?: string;
}

function nodesOf({ kinds, nodes }: Fit, round: number) {
  return kinds.flatMap((kind) =>
    Array.from({ length: nodes[kind.group] ?? 0 }, (_, i) => {
      const name = `${kind.group}-${round}-${i}`;
      const room = { cpu: `${kind.cpu}m`, memory: `${kind.memory}Mi`, pods: String(kind.pods) };
      const node: V1Node = {
        metadata: {
          name,
          labels: {
            ...kind.labels,
            'kubernetes.io/hostname': name,
            [zoneKey]: kind.zones[i % kind.zones.length] ?? '',
            round: String(round),
          },
        },
        spec: { taints: kind.taints.map((taint) => ({ ...taint })) },
        status: { allocatable: room, capacity: room, conditions: [{ type: 'Ready', status: 'True' }] },
      };
      return { node, kind };
    }),
  );
}

function manifest(name: string, { set, round, seed, node }: Pod, { kinds }: Fit): V1Pod {
  const labels = { set: set.name.replace(/[^a-z0-9-]/g, '.'), round: String(round) };
  const zones = kinds.find((kind) => admits(kind, set))?.zones ?? [];
  const terms = set.spec.nodeAffinity?.nodeSelectorTerms ?? [{ matchExpressions: [] }];
  const zone = { key: zoneKey, operator: 'In', values: [zones[(seed + round) % zones.length] ?? ''] };
  return {
    metadata: { name, labels },
    spec: {
      nodeName: node,
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      priorityClassName: priorityClass(set),
      nodeSelector: { ...set.spec.nodeSelector, round: String(round) },
      tolerations: [...(set.spec.tolerations ?? [])],
      affinity:
        set.zonal || set.spec.nodeAffinity
          ? {
              nodeAffinity: {
                requiredDuringSchedulingIgnoredDuringExecution: {
                  nodeSelectorTerms: terms.map((term: any) => ({
                    matchExpressions: [...(term.matchExpressions ?? []), ...(set.zonal ? [zone] : [])],
                  })),
                },
              },
            }
          : undefined,
      topologySpreadConstraints: set.spread
        ? [zoneKey, 'kubernetes.io/hostname'].map((topologyKey) => ({
            topologyKey,
            maxSkew: 1,
            whenUnsatisfiable: 'ScheduleAnyway',
            labelSelector: { matchLabels: labels },
          }))
        : undefined,
      containers: [
        {
          name: 'pod',
          image: 'none',
          resources: {
            requests: {
              ...(set.cpu > 0 && { cpu: `${set.cpu}m` }),
              ...(set.memory > 0 && { memory: `${set.memory}Mi` }),
            },
          },
        },
      ],
    },
  };
}

function priorityClass({ priority, preempts }: PodSet): string {
  if (priority >= 2_000_001_000) return 'system-node-critical';
  if (priority >= 2_000_000_000) return 'system-cluster-critical';
  return `p${String(priority).replace('-', 'minus-')}${preempts ? '' : '-never'}`;
}

async function prepare(config: KubeConfig, sets: readonly PodSet[]): Promise<void> {
  const core = config.makeApiClient(CoreV1Api);
  const scheduling = config.makeApiClient(SchedulingV1Api);
  await clean(core);
  await unless409(core.createNamespace({ body: { metadata: { name: namespace } } }));
  const classes = new Map(sets.map((set) => [priorityClass(set), set]));
  for (const [name, { priority, preempts }] of classes)
    if (priority < 2_000_000_000)
      await unless409(
        scheduling.createPriorityClass({
          body: {
            metadata: { name },
            value: priority,
            preemptionPolicy: preempts ? 'PreemptLowerPriority' : 'Never',
          },
        }),
      );
}

async function clean(core: CoreV1Api): Promise<void> {
  await core.deleteCollectionNamespacedPod({ namespace, gracePeriodSeconds: 0 });
  await core.deleteCollectionNode({});
}

async function unless409(made: Promise<unknown>): Promise<void> {
  await made.catch((error) => {
    if (error.code !== 409) throw error;
  });
}

/** In order, but not one after the other: as a cluster's controllers ask. */
async function inBatches<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  const size = 16;
  for (let i = 0; i < items.length; i += size) await Promise.all(items.slice(i, i + size).map(run));
}
