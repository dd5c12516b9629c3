import { oncePer } from './collections';
import { external } from './externals';
import type { Objects } from './objects';
import { containersOf, type PodTemplate } from './pods';
import type { Manifest, Steps } from './tree';

/** A ConfigMap or Secret that will be there. */
interface Made {
  /** Absent for what is declared to come from elsewhere. */
  readonly by?: Manifest;
  /** Absent where they cannot be known. */
  readonly keys?: ReadonlySet<string>;
}

/** A ConfigMap or Secret that pods read. */
export interface Use {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
  /** Those that are named; none of them is all of them. */
  readonly keys: readonly string[];
  readonly optional: boolean;
  /** `start`: as environment or by `subPath`, read once; `volume`: the kubelet rewrites the files; `pull`: for the image. */
  readonly by: 'start' | 'volume' | 'pull';
  /** Where the reference stands in the owner of the pods. */
  readonly path: Steps;
}

const kinds = [
  { kind: 'ConfigMap', variable: 'configMapKeyRef', all: 'configMapRef', volume: 'configMap', name: 'name' },
  { kind: 'Secret', variable: 'secretKeyRef', all: 'secretRef', volume: 'secret', name: 'secretName' },
] as const;

interface Reference {
  readonly name?: string;
  readonly secretName?: string;
  readonly key?: string;
  readonly items?: readonly { readonly key?: string }[];
  readonly optional?: boolean;
}

/** Every ConfigMap and Secret that the pods name, in the order in which they name them. */
export const usesOf = oncePer((pod: PodTemplate): readonly Use[] => [...usesIn(pod)]);

function* usesIn(pod: PodTemplate): Generator<Use> {
  const use = (kind: Use['kind'], by: Use['by'], path: Steps, ref: Reference = {}, name = ref.name): Use[] => {
    const keys = ref.key ? [ref.key] : (ref.items ?? []).map(({ key }) => String(key));
    return name ? [{ kind, name, keys, optional: ref.optional === true, by, path }] : [];
  };
  const mounts = containersOf(pod).flatMap(({ container }) => container.volumeMounts ?? []);
  for (const { path, container } of containersOf(pod)) {
    for (const [i, { valueFrom }] of (container.env ?? []).entries())
      for (const { kind, variable } of kinds)
        yield* use(kind, 'start', [...path, 'env', i, 'valueFrom', variable], valueFrom?.[variable]);
    for (const [i, each] of (container.envFrom ?? []).entries())
      for (const { kind, all } of kinds) yield* use(kind, 'start', [...path, 'envFrom', i, all], each[all]);
  }
  const at = [...pod.path, 'spec'];
  for (const [i, each] of (pod.spec.volumes ?? []).entries()) {
    const once = mounts.some(({ name, subPath, subPathExpr }) => name === each.name && (subPath || subPathExpr));
    const by = once ? 'start' : 'volume';
    for (const { kind, volume, name } of kinds) {
      const own: Reference | undefined = each[volume];
      yield* use(kind, by, [...at, 'volumes', i, volume], own, own?.[name]);
      for (const [j, source] of (each.projected?.sources ?? []).entries())
        yield* use(kind, by, [...at, 'volumes', i, 'projected', 'sources', j, volume], source[volume]);
    }
  }
  for (const [i, each] of (pod.spec.imagePullSecrets ?? []).entries())
    yield* use('Secret', 'pull', [...at, 'imagePullSecrets', i], each);
}

/** Whether Stakater's Reloader restarts pods at new content: by `auto` for all that they read, by name, or by a search. */
export function reloads(objects: Objects, pod: PodTemplate, kind: Use['kind'], name: string): boolean {
  const { annotations: own = {}, namespace } = pod.owner.object.metadata;
  const annotations = { ...pod.annotations, ...own };
  const prefix = kind === 'Secret' ? 'secret' : 'configmap';
  const domain = 'reloader.stakater.com';
  const lists = (key: string) => (annotations[key] ?? '').split(',').some((each) => each.trim() === name);
  const found = objects.find(kind, namespace, name)?.object.metadata.annotations;
  return (
    !lists(`${prefix}s.exclude.${domain}/reload`) &&
    (annotations[`${domain}/auto`] === 'true' ||
      annotations[`${prefix}.${domain}/auto`] === 'true' ||
      lists(`${prefix}.${domain}/reload`) ||
      (annotations[`${domain}/search`] === 'true' && found?.[`${domain}/match`] === 'true'))
  );
}

/** The Secret that an ExternalSecret writes has its own name where none is said. */
export function secretNameOf({ object }: Manifest<'ExternalSecret'>): string {
  return object.spec?.target?.name ?? object.metadata.name;
}

/** A ConfigMap or Secret by whoever makes it: a manifest, a controller, or what is declared to come from elsewhere. */
export function madeOf(
  objects: Objects,
  kind: Use['kind'],
  namespace: string | undefined,
  name: string,
): Made | undefined {
  if (external(kind, namespace, name)) return {};
  if (kind === 'Secret') return secretsIn(objects).get(`${namespace ?? ''} ${name}`);
  const by = objects.find(kind, namespace, name);
  return by && { by, keys: new Set(Object.keys({ ...by.object.data, ...by.object.binaryData })) };
}

const secretsIn = oncePer((objects: Objects): ReadonlyMap<string, Made> => {
  const secrets = new Map<string, Made>();
  const add = (by: Manifest, name: string | undefined, keys?: Iterable<string>) => {
    if (name)
      secrets.set(`${by.object.metadata.namespace ?? ''} ${name}`, { by, ...(keys && { keys: new Set(keys) }) });
  };
  for (const manifest of objects.ofKind('Secret')) {
    const { metadata, data, stringData, type } = manifest.object;
    const declared = Object.keys({ ...data, ...stringData });
    // One without data is filled by a controller.
    add(manifest, metadata.name, type === undefined || declared.length > 0 ? declared : undefined);
  }
  for (const manifest of objects.ofKind('Certificate'))
    add(manifest, manifest.object.spec?.secretName, ['tls.crt', 'tls.key', 'ca.crt']);
  const merging: Manifest<'ExternalSecret'>[] = [];
  for (const manifest of objects.ofKind('ExternalSecret')) {
    // `Merge` adds to a Secret that somebody else makes, and `None` makes nothing.
    const { creationPolicy } = manifest.object.spec?.target ?? {};
    if (creationPolicy === 'Merge') merging.push(manifest);
    else if (creationPolicy !== 'None') add(manifest, secretNameOf(manifest), keysOf(manifest));
  }
  for (const manifest of merging) {
    const into = secrets.get(`${manifest.object.metadata.namespace ?? ''} ${secretNameOf(manifest)}`);
    const [own, more] = [into?.keys, keysOf(manifest)];
    if (into?.by) add(into.by, secretNameOf(manifest), own && more && [...own, ...more]);
  }
  return secrets;
});

/** A template replaces the keys that were fetched, unless it merges; what is found by a search is not known here. */
function keysOf({ object: { spec = {} } }: Manifest<'ExternalSecret'>): string[] | undefined {
  const { data = [], dataFrom = [], target } = spec;
  const { templateFrom, data: written, mergePolicy } = target?.template ?? {};
  if (templateFrom) return undefined;
  if (written && mergePolicy !== 'Merge') return Object.keys(written);
  if (dataFrom.length > 0) return undefined;
  return [...data.flatMap(({ secretKey }) => secretKey ?? []), ...Object.keys(written ?? {})];
}
