import type { Manifest } from '../tree';
import { asList, containersIn, podsIn } from './pods';
import type { Side } from './sides';

/** A workload that reads a ConfigMap or Secret, and when it sees new content. */
export interface Consumer {
  readonly workload: Manifest;
  /** `start`: as environment or by `subPath`, read once. `volume`: the kubelet rewrites the files in place. */
  readonly by: 'start' | 'volume';
  /** Reloader restarts the workload when the content changes. */
  readonly reloaded: boolean;
}

const workloads = ['Rollout', 'Deployment', 'StatefulSet', 'DaemonSet', 'CronJob', 'Job'];

const indexes = new WeakMap<Side, ReadonlyMap<string, readonly Manifest[]>>();

/** Who reads it, each once: what is read at start counts before what is a volume. */
export function consumersOf(
  kind: 'ConfigMap' | 'Secret',
  namespace: string | undefined,
  name: string,
  side: Side,
): Consumer[] {
  const readers = indexOf(side).get(`${namespace ?? ''} ${kind} ${name}`) ?? [];
  return readers.flatMap((workload) => {
    const by = readsFrom(workload, kind, name);
    return by ? [{ workload, by, reloaded: reloads(workload, kind, name) }] : [];
  });
}

function indexOf(side: Side): ReadonlyMap<string, readonly Manifest[]> {
  const known = indexes.get(side);
  if (known) return known;
  const index = new Map<string, Manifest[]>();
  for (const workload of side.ofKind(...workloads)) {
    const { namespace = '' } = workload.object.metadata;
    for (const key of new Set(referencesOf(workload).map(({ kind, name }) => `${namespace} ${kind} ${name}`)))
      index.set(key, [...(index.get(key) ?? []), workload]);
  }
  indexes.set(side, index);
  return index;
}

/** Every ConfigMap and Secret that the pods name, with the key where they name one. */
export function referencesOf(
  workload: Manifest,
): { kind: 'ConfigMap' | 'Secret'; name: string; key?: string; optional: boolean }[] {
  const pods = podsIn(workload);
  if (!pods) return [];
  const one = (kind: 'ConfigMap' | 'Secret', from: any, name = from?.name) =>
    name ? [{ kind, name: String(name), key: from.key, optional: from.optional === true }] : [];
  return [
    ...containersIn(pods).flatMap(({ container }) => [
      ...asList(container.env).flatMap(({ valueFrom }) => [
        ...one('Secret', valueFrom?.secretKeyRef),
        ...one('ConfigMap', valueFrom?.configMapKeyRef),
      ]),
      ...asList(container.envFrom).flatMap(({ secretRef, configMapRef }) => [
        ...one('Secret', secretRef),
        ...one('ConfigMap', configMapRef),
      ]),
    ]),
    ...asList(pods.spec.volumes).flatMap(({ secret, configMap, projected }) => [
      ...one('Secret', secret, secret?.secretName),
      ...one('ConfigMap', configMap),
      ...asList(projected?.sources).flatMap((source) => [
        ...one('Secret', source.secret),
        ...one('ConfigMap', source.configMap),
      ]),
    ]),
  ];
}

function readsFrom(workload: Manifest, kind: string, name: string): Consumer['by'] | undefined {
  const pods = podsIn(workload);
  const containers = containersIn(pods).map(({ container }) => container);
  const [key, source] = kind === 'Secret' ? ['secretKeyRef', 'secretRef'] : ['configMapKeyRef', 'configMapRef'];
  const asEnvironment = containers.some(
    ({ env, envFrom }) =>
      asList(env).some(({ valueFrom }) => valueFrom?.[key]?.name === name) ||
      asList(envFrom).some((from) => from[source]?.name === name),
  );
  if (asEnvironment) return 'start';
  const volumes = asList(pods?.spec.volumes)
    .filter(
      ({ configMap, secret, projected }) =>
        (kind === 'Secret' ? secret?.secretName : configMap?.name) === name ||
        asList(projected?.sources).some(
          (each) => (kind === 'Secret' ? each.secret : each.configMap)?.name === name,
        ),
    )
    .map((volume) => volume.name);
  const mounts = containers
    .flatMap(({ volumeMounts }) => asList(volumeMounts))
    .filter((mount) => volumes.includes(mount.name));
  if (mounts.some(({ subPath, subPathExpr }) => subPath || subPathExpr)) return 'start';
  return volumes.length > 0 ? 'volume' : undefined;
}

/** Stakater Reloader: `auto` for all that the pods read, or names, separated by commas. */
function reloads({ object }: Manifest, kind: string, name: string): boolean {
  const annotations = { ...podsIn({ object } as Manifest)?.annotations, ...object.metadata.annotations };
  const own = kind === 'Secret' ? 'secret' : 'configmap';
  const names = (key: string) => (annotations[key] ?? '').split(',').map((each) => each.trim());
  const ignored = names(`${own}s.exclude.reloader.stakater.com/reload`).includes(name);
  return (
    !ignored &&
    (annotations['reloader.stakater.com/auto'] === 'true' ||
      annotations[`${own}.reloader.stakater.com/auto`] === 'true' ||
      names(`${own}.reloader.stakater.com/reload`).includes(name))
  );
}
