import type { Manifest, Tree } from './tree';

interface Index {
  readonly byFolder: ReadonlyMap<string, readonly Manifest[]>;
  readonly folders: ReadonlyMap<string, readonly Manifest[]>;
}

const indexes = new WeakMap<Tree, Index>();

/** The Applications that deliver an object: those whose path is its folder, or one above it when they recurse. */
export function applicationsOf(tree: Tree, { file }: Manifest): readonly Manifest[] {
  const { byFolder } = indexOf(tree);
  const own = folderOf(file);
  const found = [...(byFolder.get(own) ?? [])];
  for (let folder = folderOf(own); folder !== ''; folder = folderOf(folder))
    found.push(
      ...(byFolder.get(folder) ?? []).filter((each) =>
        sourcesOf(each).some(({ path, directory }) => path === folder && directory?.recurse === true),
      ),
    );
  return found;
}

/** Every object that an Application delivers. */
export function deliveredBy(tree: Tree, application: Manifest): readonly Manifest[] {
  const { folders } = indexOf(tree);
  return sourcesOf(application).flatMap(({ path = '', directory }) => {
    const below =
      directory?.recurse === true ? [...folders.keys()].filter((each) => each.startsWith(`${path}/`)) : [];
    return [path, ...below].flatMap((folder) => folders.get(folder) ?? []);
  });
}

export function sourcesOf({ object }: Manifest): any[] {
  const { source, sources } = object.spec ?? {};
  return (sources ?? (source ? [source] : [])).map((each: any) => ({
    ...each,
    path: typeof each?.path === 'string' ? each.path.replace(/\/$/, '') : undefined,
  }));
}

function folderOf(file: string): string {
  return file.slice(0, Math.max(0, file.lastIndexOf('/')));
}

function indexOf(tree: Tree): Index {
  const known = indexes.get(tree);
  if (known) return known;
  const [byFolder, folders] = [new Map<string, Manifest[]>(), new Map<string, Manifest[]>()];
  const add = (map: Map<string, Manifest[]>, key: string, manifest: Manifest) => {
    const same = map.get(key);
    if (same) same.push(manifest);
    else map.set(key, [manifest]);
  };
  for (const application of tree.ofKind('Application'))
    for (const { path } of sourcesOf(application)) if (path) add(byFolder, path, application);
  for (const manifest of tree.manifests) add(folders, folderOf(manifest.file), manifest);
  const index = { byFolder, folders };
  indexes.set(tree, index);
  return index;
}
