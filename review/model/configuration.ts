import { external } from './externals';
import type { Objects } from './objects';
import { containersOf, listOf, type PodTemplate } from './pods';
import type { Manifest } from './tree';

/** A ConfigMap or Secret that will be there. */
export interface Made {
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
  readonly path: readonly (string | number)[];
}

const kinds = [
  { kind: 'ConfigMap', variable: 'configMapKeyRef', all: 'configMapRef', volume: 'configMap', name: 'name' },
  { kind: 'Secret', variable: 'secretKeyRef', all: 'secretRef', volume: 'secret', name: 'secretName' },
] as const;

/** Every ConfigMap and Secret that the pods name, in the order in which they name them. */
export function* usesOf(pod: PodTemplate): Generator<Use> {
  const once = new Set<string>();
  const use = (kind: Use['kind'], by: Use['by'], path: Use['path'], ref: any, name = ref?.name): Use[] => {
    if (!name) return [];
    const keys = ref.key ? [String(ref.key)] : listOf(ref.items).map(({ key }) => String(key));
    return [{ kind, name: String(name), keys, optional: ref.optional === true, by, path }];
  };
  for (const { path, container } of containersOf(pod)) {
    for (const { volumeMounts = [] } of [container])
      for (const { name, subPath, subPathExpr } of listOf(volumeMounts))
        if (subPath || subPathExpr) once.add(name);
    for (const [i, { valueFrom }] of listOf(container.env).entries())
      for (const { kind, variable } of kinds)
        yield* use(kind, 'start', [...path, 'env', i, 'valueFrom', variable], valueFrom?.[variable]);
    for (const [i, each] of listOf(container.envFrom).entries())
      for (const { kind, all } of kinds) yield* use(kind, 'start', [...path, 'envFrom', i, all], each[all]);
  }
  const at = [...pod.path, 'spec'];
  for (const [i, each] of listOf(pod.spec.volumes).entries()) {
    const by = once.has(each.name) ? 'start' : 'volume';
    for (const { kind, volume, name } of kinds) {
      yield* use(kind, by, [...at, 'volumes', i, volume], each[volume], each[volume]?.[name]);
      for (const [j, source] of listOf(each.projected?.sources).entries())
        yield* use(kind, by, [...at, 'volumes', i, 'projected', 'sources', j, volume], source[volume]);
    }
  }
  for (const [i, each] of listOf(pod.spec.imagePullSecrets).entries())
    yield* use('Secret', 'pull', [...at, 'imagePullSecrets', i], each);
}

/** The Secret that an ExternalSecret writes has its own name where none is said. */
export function secretNameOf({ object }: Manifest): string {
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

const known = new WeakMap<Objects, ReadonlyMap<string, Made>>();

function secretsIn(objects: Objects): ReadonlyMap<string, Made> {
  const found = known.get(objects);
  if (found) return found;
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
  for (const manifest of objects.ofKind('SealedSecret')) {
    const { metadata, spec } = manifest.object;
    add(manifest, spec?.template?.metadata?.name ?? metadata.name, Object.keys(spec?.encryptedData ?? {}));
  }
  for (const manifest of objects.ofKind('Certificate'))
    add(manifest, manifest.object.spec?.secretName, ['tls.crt', 'tls.key', 'ca.crt']);
  const merging: Manifest[] = [];
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
  known.set(objects, secrets);
  return secrets;
}

/** A template replaces the keys that were fetched, unless it merges; what is found by a search is not known here. */
function keysOf({ object: { spec = {} } }: Manifest): string[] | undefined {
  const { data = [], dataFrom = [], target: { template } = {} as any } = spec;
  const fetched = listOf(data).map(({ secretKey }) => secretKey);
  if (template?.templateFrom) return undefined;
  if (template?.data && template.mergePolicy !== 'Merge') return Object.keys(template.data);
  if (dataFrom.length > 0) return undefined;
  return [...fetched, ...Object.keys(template?.data ?? {})];
}
