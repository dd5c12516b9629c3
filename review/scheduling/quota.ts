import type { Kinds, PodSpec } from '../model/kinds';
import { type Amounts, containersOf, limitsIn } from '../model/pods';
import { quantityOf } from '../model/quantity';
import { type Replicas, replicasOf } from '../model/scaling';
import { podsIn } from '../model/selection';
import type { KubernetesObject, Manifest, Tree } from '../model/tree';
import type { ObjectOffence, Subject } from '../rule';
import { amountOf, type Part } from './requests';
import { podSets } from './workloads';

/** What one pod takes of a quota; `undefined` where it does not say so and no LimitRange says it for it. */
type Takes = (resource: 'cpu' | 'memory', of: Part) => number | undefined;

interface Bounded {
  readonly name: string;
  readonly replicas: Replicas;
  readonly takes: Takes;
}

/** What a namespace's objects may add up to, by what a ResourceQuota calls it. In cores, bytes and objects. */
const measures: Readonly<Record<string, readonly ['cpu' | 'memory', Part]>> = {
  cpu: ['cpu', 'requests'],
  memory: ['memory', 'requests'],
  'requests.cpu': ['cpu', 'requests'],
  'requests.memory': ['memory', 'requests'],
  'limits.cpu': ['cpu', 'limits'],
  'limits.memory': ['memory', 'limits'],
};
const moments: Readonly<Record<keyof Replicas, string>> = {
  rest: 'at rest',
  maximum: 'at the most that autoscalers ask for',
  release: 'during a release at that',
  abort: 'when a release at that is aborted',
};

/** Every ResourceQuota below what it bounds at its worst moment, and every pod that a quota or a LimitRange refuses. */
export function* quotaOffences(subject: Subject): Generator<ObjectOffence> {
  const { tree } = subject;
  const agents = podSets(subject).filter(({ name }) => name.includes('/agent '));
  for (const manifest of tree.ofKind('ResourceQuota')) {
    const { namespace } = manifest.object.metadata;
    const bounded: Bounded[] = [
      ...podsIn(tree, namespace).map(({ owner, spec }) => ({
        name: `${owner.object.kind} ${owner.object.metadata.name}`,
        replicas: replicasOf(tree, owner),
        takes: takesOf(spec, limitsIn(tree, namespace)),
      })),
      // A mixture of them may run; each set is the largest of its cloud.
      ...agents
        .filter(({ name }) => name.startsWith(`${namespace}/`))
        .map(({ name, replicas, spec }) => ({ name, replicas, takes: takesOf(spec, limitsIn(tree, namespace)) })),
    ];
    for (const [key, hard] of Object.entries(manifest.object.spec?.hard ?? {}))
      yield* judge(tree, manifest, key, quantityOf(hard), bounded);
  }
  yield* refused(tree);
}

function* judge(
  tree: Tree,
  manifest: Manifest,
  key: string,
  hard: number | undefined,
  bounded: readonly Bounded[],
): Generator<ObjectOffence> {
  const at = { manifest, path: ['spec', 'hard', key] };
  if (hard === undefined) return;
  const [, ofClass, of] =
    /^(?:(.+)\.storageclass\.storage\.k8s\.io\/)?(requests\.storage|persistentvolumeclaims)$/.exec(key) ?? [];
  if (of) {
    const sizes = claimsIn(tree, manifest.object.metadata.namespace, ofClass);
    const needed = of === 'requests.storage' ? sizes.reduce((sum, size) => sum + size, 0) : sizes.length;
    const whose = ofClass ? `volume claims of ${ofClass}` : 'all volume claims';
    if (needed > hard) yield { ...at, message: `is below the ${written(of, needed)} of ${whose}` };
    return;
  }
  const measure = measures[key];
  if (!measure && key !== 'pods' && key !== 'count/pods') {
    const { namespace } = manifest.object.metadata;
    const name = key.startsWith('count/') ? key.slice(6).split('.')[0] : key;
    const here = tree.manifests.filter(({ object }) => object.metadata.namespace === namespace);
    const count = here.flatMap(({ object }) => countedAs(object)).filter((each) => each === name).length;
    // Controllers make more of them: ReplicaSets, Jobs, tokens.
    if (count > hard) yield { ...at, message: `is less than the ${count} that this repository makes` };
    return;
  }
  const silent = measure && bounded.filter(({ takes }) => takes(...measure) === undefined);
  if (silent && silent.length > 0)
    yield {
      ...at,
      message: `refuses the pods of ${silent.map(({ name }) => name).join(', ')}, which do not say their ${measure.join(' ')}`,
    };
  const worst = (Object.keys(moments) as (keyof Replicas)[])
    .map((moment) => ({
      moment,
      needed: bounded.reduce(
        (sum, { replicas, takes }) => sum + replicas[moment] * (measure ? (takes(...measure) ?? 0) : 1),
        0,
      ),
    }))
    .reduce((most, each) => (each.needed > most.needed ? each : most));
  // Thousandths of a core are not sums of fractions: three times 0.1 is above 0.3.
  if (Math.round(1000 * worst.needed) > Math.round(1000 * hard))
    yield { ...at, message: `is below the ${written(key, worst.needed)} of all pods ${moments[worst.moment]}` };
}

/** By which names a quota counts an object, with what is made of it. */
function countedAs({ kind, spec }: KubernetesObject): string[] {
  const own = kind.toLowerCase().replace(/s$/, 'se').replace(/y$/, 'ie').concat('s');
  if (kind === 'ExternalSecret') return [own, 'secrets'];
  if (kind !== 'Service') return [own];
  const balanced = spec?.type === 'LoadBalancer' ? ['services.loadbalancers'] : [];
  return [own, ...balanced, ...(balanced.length > 0 || spec?.type === 'NodePort' ? ['services.nodeports'] : [])];
}

function takesOf(spec: PodSpec, defaults: Readonly<Record<Part, Amounts>>): Takes {
  return (resource, of) => amountOf(spec, of, resource, defaults);
}

function written(key: string, amount: number): string {
  if (key.endsWith('cpu')) return `${Math.round(amount * 1000)}m`;
  return /memory|storage/.test(key) ? `${Math.ceil(amount / 2 ** 20)}Mi` : String(amount);
}

/** Bytes of each claim, those of StatefulSets once for each pod. @param ofClass only those of this storage class */
function claimsIn(tree: Tree, namespace: string | undefined, ofClass?: string): number[] {
  const standard = tree
    .ofKind('StorageClass')
    .find(({ object }) => object.metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true');
  const size = (spec: Kinds['PersistentVolumeClaim']['spec']) =>
    ofClass && (spec?.storageClassName ?? standard?.object.metadata.name) !== ofClass
      ? []
      : [quantityOf(spec?.resources?.requests?.storage) ?? 0];
  const here = ({ object }: { readonly object: { readonly metadata: Manifest['object']['metadata'] } }) =>
    object.metadata.namespace === namespace;
  return [
    ...tree
      .ofKind('PersistentVolumeClaim')
      .filter(here)
      .flatMap(({ object }) => size(object.spec)),
    ...tree
      .ofKind('StatefulSet')
      .filter(here)
      .flatMap((each) =>
        (each.object.spec?.volumeClaimTemplates ?? []).flatMap(({ spec }) =>
          Array.from({ length: replicasOf(tree, each).maximum }, () => size(spec)).flat(),
        ),
      ),
  ];
}

/** Containers, pods and claims outside of what a LimitRange of their namespace allows (`PodValidateLimitFunc`, plugin/pkg/admission/limitranger). */
function* refused(tree: Tree): Generator<ObjectOffence> {
  for (const { object } of tree.ofKind('LimitRange'))
    for (const { type = '', ...bounds } of object.spec?.limits ?? [])
      for (const { manifest, path, ...asked } of limitedBy(tree, object.metadata.namespace, type))
        for (const resource of ['cpu', 'memory', 'storage'])
          for (const wrong of outside(bounds, resource, asked))
            yield {
              manifest,
              path: [...path, 'resources'],
              message: wrong.replace('…', `LimitRange ${object.metadata.name} allows`),
            };
}

interface Asked {
  readonly limits: Amounts;
  readonly requests: Amounts;
}

/** What is judged together by a type of limit. */
function limitedBy(
  tree: Tree,
  namespace: string | undefined,
  type: string,
): readonly (Asked & Omit<ObjectOffence, 'message'>)[] {
  if (type === 'PersistentVolumeClaim')
    return tree
      .ofKind('PersistentVolumeClaim')
      .filter(({ object }) => object.metadata.namespace === namespace)
      .map((manifest) => {
        const { requests = {} } = manifest.object.spec?.resources ?? {};
        return { manifest, path: ['spec'], requests, limits: requests };
      });
  const defaults = limitsIn(tree, namespace);
  return podsIn(tree, namespace).flatMap((pod) => {
    const sum = (of: keyof Asked) =>
      Object.fromEntries(
        (['cpu', 'memory'] as const).flatMap((each) => {
          const total = amountOf(pod.spec, of, each, defaults);
          return total === undefined ? [] : [[each, written(each, total)]];
        }),
      );
    if (type === 'Pod')
      return [
        { manifest: pod.owner, path: [...pod.path, 'spec'], limits: sum('limits'), requests: sum('requests') },
      ];
    return (type === 'Container' ? containersOf(pod) : []).map(({ container, path }) => {
      const { limits = {}, requests = {} } = container.resources ?? {};
      return {
        manifest: pod.owner,
        path,
        limits: { ...defaults.limits, ...limits },
        // A limit without a request is the request as well, before any default.
        requests: { ...defaults.requests, ...limits, ...requests },
      };
    });
  });
}

function* outside(
  { max, min, maxLimitRequestRatio: ratio }: Readonly<Record<string, Amounts | undefined>>,
  resource: string,
  { limits, requests }: Asked,
): Generator<string> {
  const [limit, request] = [limits, requests].map((of) => quantityOf(of[resource]));
  const [most, least, times] = [max, min, ratio].map((of) => quantityOf(of?.[resource]));
  if (most !== undefined && !(limit !== undefined && limit <= most))
    yield `limits ${resource} to ${limits[resource] ?? 'nothing'}; … ${max?.[resource]}`;
  else if (limit !== undefined && request !== undefined && request > limit)
    yield `requests ${requests[resource]} of ${resource}; … a limit of ${limits[resource]}`;
  if (request !== undefined && request < (least ?? 0))
    yield `requests ${requests[resource]} of ${resource}; … no less than ${min?.[resource]}`;
  if (times !== undefined && !(limit && request && limit / request <= times))
    yield `limits ${resource} to ${limits[resource] ?? 'nothing'} and requests ${requests[resource] ?? 'nothing'}; … ${ratio?.[resource]} times the request`;
}
