import { CoreV1Api, KubeConfig, SchedulingV1Api, type V1Node } from '@kubernetes/client-node';
import type { Fit } from '../../../review/scheduling/judge';
import type { PodSet } from '../../../review/scheduling/workloads';
import { asking, manifest, type Pod, priorityClass } from './question';

const namespace = 'scheduling';
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
    const asked = asking(sets, fit, round, seed);
    nodes.push(...asked.nodes);
    waiting.push(...asked.pods);
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
  let number = 0;
  const make = async (pods: Pod[]) =>
    inBatches(pods, async (pod) => {
      const name = `pod-${number++}`;
      made.set(name, pod);
      await core.createNamespacedPod({ namespace, body: manifest(name, pod, fit) });
    });
  await make(waiting);

  let [before, since] = ['', Date.now()];
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const { items } = await core.listNamespacedPod({ namespace, fieldSelector: 'spec.nodeName=' });
    const left = items.map(({ metadata }) => metadata?.name as string).sort();
    if (left.join() !== before) [before, since] = [left.join(), Date.now()];
    if (left.length > 0 && Date.now() - since < settled) continue;
    // Nothing moves any more, but for what had to give way and is made again.
    const there = await core.listNamespacedPod({ namespace });
    const names = new Set(there.items.map(({ metadata }) => metadata?.name));
    const evicted = [...made].filter(([name]) => !names.has(name));
    if (evicted.length > 0) {
      for (const [name] of evicted) made.delete(name);
      await make(evicted.map(([, pod]) => pod));
      continue;
    }
    await clean(core);
    const pending = left.flatMap((name) => made.get(name) ?? []);
    return Array.from({ length: rounds }, (_, round) => {
      const sets = pending.filter((pod) => pod.round === round).flatMap((pod) => pod.sets);
      return [...new Set(sets.map(({ name }) => name))].sort();
    });
  }
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
