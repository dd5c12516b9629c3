import { gathered, oncePer } from '../model/collections';
import { reloads, type Use, usesOf } from '../model/configuration';
import { templateOf } from '../model/pods';
import type { Manifest } from '../model/tree';
import type { Side } from './sides';

/** A workload that reads a ConfigMap or Secret, and when it sees new content. */
export interface Reader {
  readonly workload: Manifest;
  /** `start`: as environment or by `subPath`, read once. `volume`: the kubelet rewrites the files in place. */
  readonly by: 'start' | 'volume';
  /** Reloader restarts the workload when the content changes. */
  readonly reloaded: boolean;
}

const workloads = ['Rollout', 'Deployment', 'StatefulSet', 'DaemonSet', 'CronJob', 'Job'];

/** Who reads it, each once: what is read at start counts before what is a volume. */
export function consumersOf(
  kind: 'ConfigMap' | 'Secret',
  namespace: string | undefined,
  name: string,
  side: Side,
): Reader[] {
  const readers = indexOf(side).get(`${namespace ?? ''} ${kind} ${name}`) ?? [];
  return readers.flatMap((workload) => {
    const ways = usesIn(workload).flatMap((use) => (use.kind === kind && use.name === name ? [use.by] : []));
    const by = (['start', 'volume'] as const).find((way) => ways.includes(way));
    const reloaded = templateOf(workload).some((pod) => reloads(side, pod, kind, name));
    return by ? [{ workload, by, reloaded }] : [];
  });
}

const indexOf = oncePer((side: Side) => {
  const uses = side.ofKind(...workloads).flatMap((workload) => {
    const { namespace = '' } = workload.object.metadata;
    const keys = new Set(usesIn(workload).map(({ kind, name }) => `${namespace} ${kind} ${name}`));
    return [...keys].map((key) => [key, workload] as const);
  });
  return gathered(uses);
});

/** Every ConfigMap and Secret that the pods of a workload name; none where it makes no pods. */
export function usesIn(workload: Manifest): readonly Use[] {
  return templateOf(workload).flatMap(usesOf);
}
