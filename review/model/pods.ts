import type { Manifest, Tree } from './tree';

/** Where a workload's pods are described. */
export const podTemplates: Readonly<Record<string, readonly string[]>> = {
  Rollout: ['spec', 'template'],
  Deployment: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  ReplicaSet: ['spec', 'template'],
  Job: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
};

/** The pods that an object makes. */
export interface PodTemplate {
  readonly owner: Manifest;
  /** Where the template stands in the owner. */
  readonly path: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: any;
}

export interface Container {
  readonly pod: PodTemplate;
  /** Where the container stands in the owner. */
  readonly path: readonly (string | number)[];
  readonly container: any;
  /** A native sidecar or an ordinary container: it runs as long as the pod does. */
  readonly stays: boolean;
}

const known = new WeakMap<Tree, readonly PodTemplate[]>();

/** The pods of every workload, and bare ones. */
export function podsOf(tree: Tree): readonly PodTemplate[] {
  const pods = known.get(tree) ?? tree.ofKind(...Object.keys(podTemplates), 'Pod').flatMap(templateOf);
  known.set(tree, pods);
  return pods;
}

/** Init containers first, as they are started. */
export function containersOf(pod: PodTemplate): readonly Container[] {
  return ['initContainers', 'containers'].flatMap((list) =>
    listOf(pod.spec[list]).map((container, i) => ({
      pod,
      path: [...pod.path, 'spec', list, i],
      container,
      stays: list === 'containers' || container.restartPolicy === 'Always',
    })),
  );
}

/** Ports of every container that runs as long as the pod, a native sidecar's among them. */
export function containerPorts({ spec }: PodTemplate): any[] {
  const sidecars = (spec.initContainers ?? []).filter((each: any) => each.restartPolicy === 'Always');
  return [...sidecars, ...(spec.containers ?? [])].flatMap((container: any) => container?.ports ?? []);
}

/** Files that a pod mounts out of its own annotations (a downwardAPI volume). */
export function annotatedFiles({
  spec,
  annotations,
}: Pick<PodTemplate, 'spec' | 'annotations'>): { readonly key: string; readonly text: string }[] {
  return listOf(spec.volumes)
    .flatMap((volume) => [volume, ...listOf(volume.projected?.sources)])
    .flatMap(({ downwardAPI }) => listOf(downwardAPI?.items))
    .flatMap(({ path, fieldRef }) => {
      const text = annotations[/^metadata\.annotations\['(.+)'\]$/.exec(fieldRef?.fieldPath)?.[1] ?? ''];
      return text === undefined ? [] : [{ key: String(path), text: String(text) }];
    });
}

export function matches(
  selector: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

/** The pods that one object makes: one template or none. */
export function templateOf(owner: Manifest): PodTemplate[] {
  const path = owner.object.kind === 'Pod' ? [] : podTemplates[owner.object.kind];
  if (!path) return [];
  const template = path.reduce<any>((value, key) => value?.[key], owner.object);
  // What has no such shape is told by the schema; the other rules go on with the rest.
  if (typeof template?.spec !== 'object' || template.spec === null) return [];
  const { labels = {}, annotations = {} } = template.metadata ?? {};
  return [{ owner, path, labels, annotations, spec: template.spec }];
}

/** What the LimitRanges of a namespace give to a container that says nothing. */
export function limitsIn(tree: Tree, namespace: string | undefined): { requests: any; limits: any } {
  const ranges = tree
    .ofKind('LimitRange')
    .filter(({ object }) => object.metadata.namespace === namespace)
    .flatMap(({ object }) => listOf(object.spec?.limits))
    .filter(({ type }) => type === 'Container');
  // Where no default is given the maximum is one.
  return {
    limits: Object.assign({}, ...ranges.map(({ max, default: limits }) => ({ ...max, ...limits }))),
    requests: Object.assign({}, ...ranges.map(({ defaultRequest }) => defaultRequest)),
  };
}

/** The objects of a list; nothing of what is not a list, which the schema tells. */
export function listOf(value: unknown): any[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'object' && each !== null) : [];
}
