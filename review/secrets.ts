import { external } from './externals';
import type { Manifest, Tree } from './tree';

/** A Secret that will be there, and its keys where they are known. */
export interface MadeSecret {
  readonly by?: Manifest;
  readonly keys?: ReadonlySet<string>;
}

const known = new WeakMap<Tree, ReadonlyMap<string, MadeSecret>>();

/** A Secret by whoever makes it: an ExternalSecret, a certificate, a sealed one, or what is declared to come from elsewhere. */
export function findSecret(tree: Tree, namespace: string | undefined, name: string): MadeSecret | undefined {
  return indexOf(tree).get(`${namespace ?? ''} ${name}`) ?? (external('Secret', namespace, name) ? {} : undefined);
}

/** The Secret that an ExternalSecret writes has its own name where none is said. */
export function secretNameOf({ object }: Manifest): string {
  return object.spec?.target?.name ?? object.metadata.name;
}

function indexOf(tree: Tree): ReadonlyMap<string, MadeSecret> {
  const found = known.get(tree);
  if (found) return found;
  const secrets = new Map<string, MadeSecret>();
  const add = (by: Manifest, name: string, keys?: Iterable<string>) =>
    secrets.set(`${by.object.metadata.namespace ?? ''} ${name}`, { by, ...(keys && { keys: new Set(keys) }) });
  for (const manifest of tree.ofKind('Secret')) {
    const { metadata, data, stringData, type } = manifest.object;
    const declared = Object.keys({ ...data, ...stringData });
    // One without data is filled by a controller.
    add(manifest, metadata.name, type === undefined || declared.length > 0 ? declared : undefined);
  }
  for (const manifest of tree.ofKind('SealedSecret'))
    add(
      manifest,
      manifest.object.spec?.template?.metadata?.name ?? manifest.object.metadata.name,
      Object.keys(manifest.object.spec?.encryptedData ?? {}),
    );
  for (const manifest of tree.ofKind('Certificate'))
    if (manifest.object.spec?.secretName)
      add(manifest, manifest.object.spec.secretName, ['tls.crt', 'tls.key', 'ca.crt']);
  for (const manifest of tree.ofKind('ExternalSecret')) add(manifest, secretNameOf(manifest), keysOf(manifest));
  known.set(tree, secrets);
  return secrets;
}

/** A template replaces the keys that were fetched, unless it merges; what is found by a search is not known here. */
function keysOf({ object: { spec = {} } }: Manifest): string[] | undefined {
  const { data = [], dataFrom = [], target: { template } = {} as any } = spec;
  const fetched = data.map(({ secretKey }: any) => secretKey);
  if (template?.templateFrom) return undefined;
  if (template?.data && template.mergePolicy !== 'Merge') return Object.keys(template.data);
  if (dataFrom.length > 0) return undefined;
  return [...fetched, ...Object.keys(template?.data ?? {})];
}
