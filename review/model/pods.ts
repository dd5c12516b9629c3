import { oncePer } from './collections';
import type { ContainerSpec, PodSpec } from './kinds';
import type { Objects } from './objects';
import { fieldAt, type Manifest, type Steps } from './tree';

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
  readonly spec: PodSpec;
}

export interface Container {
  readonly pod: PodTemplate;
  /** Where the container stands in the owner. */
  readonly path: Steps;
  readonly container: ContainerSpec;
  /** A native sidecar or an ordinary container: it runs as long as the pod does. */
  readonly stays: boolean;
}

/** The pods of every workload, and bare ones. */
export const podsOf = oncePer((objects: Objects): readonly PodTemplate[] =>
  objects.ofKind(...Object.keys(podTemplates), 'Pod').flatMap(templateOf),
);

/** Init containers first, as they are started. */
export function containersOf<P extends Pick<PodTemplate, 'spec'> & { readonly path?: Steps }>(pod: P) {
  return (['initContainers', 'containers'] as const).flatMap((list) =>
    (pod.spec[list] ?? []).map((container, i) => ({
      pod,
      path: [...(pod.path ?? []), 'spec', list, i],
      container,
      stays: list === 'containers' || container.restartPolicy === 'Always',
    })),
  );
}

/** Ports of every container that runs as long as the pod, a native sidecar's among them. */
export function containerPorts(pod: PodTemplate): NonNullable<ContainerSpec['ports']> {
  return containersOf(pod).flatMap(({ container, stays }) => (stays ? (container.ports ?? []) : []));
}

/** Whether its pods end by themselves, and are made anew each time. */
export function isJob({ object: { kind } }: Manifest): boolean {
  return kind === 'Job' || kind === 'CronJob';
}

/** The words that start a container. */
export function commandOf({ command = [], args = [] }: ContainerSpec): string[] {
  return [...command, ...args].map(String);
}

/** Seconds that a hook takes before TERM: its own sleep, or that of the shell it starts. */
export function preStopOf({ lifecycle }: ContainerSpec): number {
  const { sleep, exec } = lifecycle?.preStop ?? {};
  if (sleep?.seconds !== undefined) return sleep.seconds;
  const text = (exec?.command ?? []).join(' ');
  return [...text.matchAll(/\bsleep\s+(\d+)/g)].reduce((sum, [, seconds]) => sum + Number(seconds), 0);
}

/** A request that the kubelet makes of a container: for a probe, or when it starts or ends. */
interface Handler {
  /** Where the probe or hook stands in the container. */
  readonly path: readonly string[];
  readonly by: 'httpGet' | 'tcpSocket' | 'grpc';
  readonly port?: string | number;
  /** Absent: the pod's own address. */
  readonly host?: string;
}

export function handlersOf({ lifecycle, ...container }: ContainerSpec): Handler[] {
  const places = [
    ...(['livenessProbe', 'readinessProbe', 'startupProbe'] as const).map((at) => [container[at], at] as const),
    ...(['postStart', 'preStop'] as const).map((at) => [lifecycle?.[at], 'lifecycle', at] as const),
  ];
  return places.flatMap(([handler = {}, ...path]) =>
    Object.entries({ grpc: undefined, ...handler }).flatMap(([by, of]) =>
      of && (by === 'httpGet' || by === 'tcpSocket' || by === 'grpc') ? [{ ...(of as object), path, by }] : [],
    ),
  );
}

/** Seconds from TERM to KILL. */
export function graceOf({ terminationGracePeriodSeconds = 30 }: PodSpec): number {
  return terminationGracePeriodSeconds;
}

/** Files that a pod mounts out of its own annotations (a downwardAPI volume). */
export function annotatedFiles({
  spec,
  annotations,
}: Pick<PodTemplate, 'spec' | 'annotations'>): { readonly key: string; readonly text: string }[] {
  return (spec.volumes ?? [])
    .flatMap((volume) => [volume, ...(volume.projected?.sources ?? [])])
    .flatMap(({ downwardAPI }) => downwardAPI?.items ?? [])
    .flatMap(({ path, fieldRef }) => {
      const text = annotations[/^metadata\.annotations\['(.+)'\]$/.exec(fieldRef?.fieldPath ?? '')?.[1] ?? ''];
      return text === undefined ? [] : [{ key: String(path), text: String(text) }];
    });
}

/** The pods that one object makes: one template or none. */
export function templateOf(owner: Manifest): PodTemplate[] {
  const path = owner.object.kind === 'Pod' ? [] : podTemplates[owner.object.kind];
  if (!path) return [];
  const template = fieldAt(owner.object, path) as
    | Partial<PodTemplate & { metadata: Partial<PodTemplate> }>
    | undefined;
  // What has no such shape is told by the schema; the other rules go on with the rest.
  if (typeof template?.spec !== 'object' || template.spec === null) return [];
  const { labels = {}, annotations = {} } = template.metadata ?? {};
  return [{ owner, path, labels, annotations, spec: template.spec }];
}

export type Amounts = Readonly<Record<string, string>>;

/** What the LimitRanges of a namespace give to a container that says nothing. */
export function limitsIn(objects: Objects, namespace: string | undefined): { requests: Amounts; limits: Amounts } {
  const ranges = objects
    .ofKind('LimitRange')
    .filter(({ object }) => object.metadata.namespace === namespace)
    .flatMap(({ object }) => object.spec?.limits ?? [])
    .filter(({ type }) => type === 'Container');
  // Where no default is given the maximum is one, of a request the limit or else the minimum (SetDefaults_LimitRangeItem).
  const limits = Object.assign({}, ...ranges.map(({ max, default: given }) => ({ ...max, ...given })));
  const [least, requests] = (['min', 'defaultRequest'] as const).map((key) => ranges.map((each) => each[key]));
  return { limits, requests: Object.assign({}, ...(least ?? []), limits, ...(requests ?? [])) };
}

/** The objects of a list of unknown type; nothing of what is not a list, which the schema tells. */
// biome-ignore lint/suspicious/noExplicitAny: its elements are read by whoever knows what they are
export function listOf(value: unknown): any[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'object' && each !== null) : [];
}

/** What stands alone or in a list, as texts; nothing of what is absent. */
export function oneOrMany(value: unknown): string[] {
  return (Array.isArray(value) ? value : value === undefined ? [] : [value]).map(String);
}
