import type { Workload } from '../../charts/environments/add-ons';
import { type Bytes, type Cpu, mebibytes, millicores } from '../../charts/environments/units';
import { type SystemFacts, systemFacts } from '../../charts/facts';
import { deliveredBy } from '../model/applications';
import { oncePer } from '../model/collections';
import type { Kinds, PodSpec } from '../model/kinds';
import { listOf, podsOf } from '../model/pods';
import { countOf } from '../model/quantity';
import { type Replicas, replicasOf } from '../model/scaling';
import { fieldAt, type Tree } from '../model/tree';
import { documentIn } from '../model/yaml';
import type { Facts } from '../rule';
import { type Requests, requestsOf } from './requests';

/** Pods that are alike: what the scheduler looks at, and how many there are when. */
export interface PodSet extends Requests {
  /** `production/web`. */
  readonly name: string;
  readonly environment: string;
  readonly kind: string;
  readonly replicas: Replicas;
  /** One on every node that it tolerates, and before all others: until its pods run, only they tolerate the node. */
  readonly daemon: boolean;
  readonly priority: number;
  readonly preempts: boolean;
  /** Only those of the scheduler's fields that decide about a node. */
  readonly spec: Pick<PodSpec, 'nodeSelector' | 'tolerations'> & {
    readonly nodeAffinity?: NonNullable<
      NonNullable<PodSpec['affinity']>['nodeAffinity']
    >['requiredDuringSchedulingIgnoredDuringExecution'];
  };
  /** Preferred spread over nodes and zones. */
  readonly spread: boolean;
  /** Never two on a node. */
  readonly apart: boolean;
  /** A volume that holds it in the zone where it was made. */
  readonly zonal: boolean;
}

const builtIn: Readonly<Record<string, number>> = {
  'system-node-critical': 2_000_001_000,
  'system-cluster-critical': 2_000_000_000,
};
const everywhere = [{ operator: 'Exists' }];

/** All pods of all environments and add-ons, of previews too. */
export function podSets({ tree, settings }: Given): PodSet[] {
  const { addOns, eksAddOns } = systemFacts(settings);
  return [...ofTree(tree), ...upstream(tree, addOns), ...ofAws(eksAddOns)];
}

const ofTree = oncePer((tree: Tree): PodSet[] => [...ours(tree), ...agents(tree)]);

type Given = Pick<Facts, 'tree' | 'settings'>;

/** All pods but those of previews. */
export function lastingSets(facts: Given): PodSet[] {
  const open = systemFacts(facts.settings).previews;
  return podSets(facts).filter(({ environment }) => !open.includes(environment));
}

/** The same with room for every preview that may be open, whichever are: each has a pod of what it is like, but of CronJobs. */
export function setsOf(facts: Given): PodSet[] {
  const { cluster, environments } = systemFacts(facts.settings);
  const { preview, priorities } = cluster;
  const sets = lastingSets(facts);
  if (!preview || !environments.some(({ name }) => name === preview.like)) return sets;
  const { most } = preview;
  const like = sets.filter(({ environment, kind }) => environment === preview.like && kind !== 'CronJob');
  const room = like.map((set) => ({
    ...set,
    name: set.name.replace(/^[^/]+/, 'previews'),
    environment: 'previews',
    // What goes through a canary there is replaced at once here.
    kind: set.kind === 'Rollout' ? 'Deployment' : set.kind,
    replicas: { rest: 0, maximum: most, release: most, abort: most },
    priority: priorities[preview.priority] ?? 0,
    preempts: false,
  }));
  return [...sets, ...room];
}

/**
 * What would be placed by a rule that the proof does not know, and so must not be overlooked: required affinity between
 * pods, required spread, host ports.
 */
export function unknownRules(
  tree: Tree,
): { readonly pod: ReturnType<typeof podsOf>[number]; readonly field: string }[] {
  return podsOf(tree).flatMap((pod) => {
    const affinity = pod.spec.affinity ?? {};
    const found: string[] = [];
    if (affinity.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.length)
      found.push('affinity.podAffinity');
    const apart = affinity.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    if (apart.length > 0 && !isApart(pod.spec, pod.labels)) found.push('affinity.podAntiAffinity');
    if (pod.spec.topologySpreadConstraints?.some((each) => each.whenUnsatisfiable === 'DoNotSchedule'))
      found.push('topologySpreadConstraints');
    if (pod.owner.object.kind !== 'DaemonSet')
      for (const { ports } of pod.spec.containers ?? [])
        if (ports?.some(({ hostPort }) => hostPort)) found.push('containers');
    return found.map((field) => ({ pod, field }));
  });
}

function* ours(tree: Tree): Generator<PodSet> {
  for (const pod of podsOf(tree)) {
    const { owner, spec } = pod;
    const { kind, metadata } = owner.object;
    const claims = spec.volumes?.some(({ persistentVolumeClaim }) => persistentVolumeClaim) === true;
    yield {
      name: `${metadata.namespace}/${metadata.name}`,
      environment: owner.environment,
      kind,
      ...requestsOf(spec),
      replicas: replicasOf(tree, owner),
      daemon: kind === 'DaemonSet',
      ...priorityOf(tree, spec.priorityClassName),
      spec: {
        nodeSelector: spec.nodeSelector,
        tolerations: spec.tolerations,
        nodeAffinity: spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution,
      },
      spread: (spec.topologySpreadConstraints ?? []).length > 0,
      apart: isApart(spec, pod.labels),
      zonal: claims || listOf(owner.object.spec?.volumeClaimTemplates).length > 0,
    };
  }
}

/** Jenkins starts these; its configuration has them as text, and the most at a time. */
function* agents(tree: Tree): Generator<PodSet> {
  for (const { object, environment } of tree.ofKind('ConfigMap')) {
    const configuration = documentIn(object.data?.['jenkins.yaml']);
    for (const { kubernetes } of listOf(fieldAt(configuration, ['jenkins', 'clouds']))) {
      const pods = listOf(kubernetes?.templates).flatMap(({ name, yaml }) => {
        const { metadata, spec } = (documentIn(yaml) ?? {}) as Partial<Kinds['Pod']>;
        // The plugin puts a pod where its YAML says, else where the cloud says; the template's own word is never asked.
        const namespace = metadata?.namespace ?? kubernetes.namespace;
        return spec ? [{ name: `${namespace}/agent ${name}`, spec, requests: requestsOf(spec) }] : [];
      });
      // Any mixture may run; as many of the largest leave the least room.
      const [largest] = pods.sort((a, b) => b.requests.memory - a.requests.memory);
      if (!largest) continue;
      const most = countOf(kubernetes.containerCapStr, 0);
      yield {
        ...largest.requests,
        name: largest.name,
        environment,
        kind: 'Pod',
        cpu: Math.max(...pods.map(({ requests }) => requests.cpu)),
        replicas: { rest: 0, maximum: most, release: most, abort: most },
        daemon: false,
        ...priorityOf(tree, largest.spec.priorityClassName),
        spec: largest.spec,
        spread: false,
        apart: false,
        zonal: false,
      };
    }
  }
}

/** Helm charts that Argo CD delivers: their sizes are one typed table, their values are in the Application. */
function* upstream(tree: Tree, addOns: SystemFacts['addOns']): Generator<PodSet> {
  for (const [addOn, { namespace, workloads }] of Object.entries(addOns)) {
    const application = tree.find('Application', 'argocd', addOn);
    // What only a setting needs that nobody has is not delivered; the pods of a chart that was rendered are there.
    if (!application || deliveredBy(tree, application).length > 0) continue;
    const values = application.object.spec?.source?.helm?.valuesObject;
    const priority = priorityOf(tree, anywhere(values, 'priorityClassName'));
    const spread = anywhere(values, 'topologySpreadConstraints') !== undefined;
    for (const [name, workload] of Object.entries(workloads))
      yield { ...outside(`${namespace}/${name}`, workload), ...priority, spread, environment: 'add-ons' };
    const hook = fieldAt(values, ['redisSecretInit', 'resources', 'requests']) as Sizes | undefined;
    if (hook)
      yield {
        ...outside(`${namespace}/redis-secret-init`, { kind: 'Deployment', resources: hook }),
        ...priority,
        kind: 'Job',
        replicas: { rest: 0, maximum: 0, release: 1, abort: 1 },
        environment: 'add-ons',
      };
  }
}

interface Sizes {
  readonly cpu: Cpu;
  readonly memory: Bytes;
}

function* ofAws(eksAddOns: SystemFacts['eksAddOns']): Generator<PodSet> {
  for (const [name, workload] of Object.entries(eksAddOns)) {
    const daemon = workload.kind === 'DaemonSet';
    yield {
      ...outside(`kube-system/${name}`, workload),
      priority: builtIn[daemon ? 'system-node-critical' : 'system-cluster-critical'] ?? 0,
      environment: 'eks',
    };
  }
}

function outside(name: string, { kind, replicas = 1, resources }: Workload<Sizes>): PodSet {
  const daemon = kind === 'DaemonSet';
  return {
    name,
    environment: '',
    kind,
    cpu: millicores(resources.cpu),
    memory: mebibytes(resources.memory),
    replicas: { rest: replicas, maximum: replicas, release: replicas, abort: replicas },
    daemon,
    priority: 0,
    preempts: true,
    spec: daemon ? { tolerations: everywhere } : {},
    spread: false,
    apart: false,
    zonal: false,
  };
}

function priorityOf(tree: Tree, name: unknown): Pick<PodSet, 'priority' | 'preempts'> {
  if (typeof name !== 'string') return { priority: 0, preempts: true };
  const found = tree.find('PriorityClass', undefined, name)?.object;
  return {
    priority: found?.value ?? builtIn[name] ?? 0,
    preempts: found?.preemptionPolicy !== 'Never',
  };
}

function isApart({ affinity }: PodSpec, labels: Readonly<Record<string, string>>): boolean {
  const terms = affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  return (
    terms.length > 0 &&
    terms.every(
      ({ topologyKey, labelSelector }) =>
        topologyKey === 'kubernetes.io/hostname' &&
        Object.entries(labelSelector?.matchLabels ?? { '': '' }).every(([key, value]) => labels[key] === value),
    )
  );
}

/** The first field of this name, however deep. */
function anywhere(values: unknown, name: string): unknown {
  if (typeof values !== 'object' || values === null) return undefined;
  if (name in values) return fieldAt(values, [name]);
  for (const value of Object.values(values)) {
    const found = anywhere(value, name);
    if (found !== undefined) return found;
  }
  return undefined;
}
