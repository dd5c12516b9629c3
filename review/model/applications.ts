import { gathered, groupedBy, oncePer } from './collections';
import { folderOf } from './identity';
import type { Kinds } from './kinds';
import { listOf } from './pods';
import { glob } from './projects';
import { type Manifest, rendererOf, type Tree } from './tree';

type Application = Manifest<'Application'>;

interface Index {
  readonly byFolder: ReadonlyMap<string, readonly Application[]>;
  readonly folders: ReadonlyMap<string, readonly Manifest[]>;
}

/** The Applications that deliver an object: those whose path is its folder, or one above it when they recurse. */
export function applicationsOf(tree: Tree, { file }: { readonly file: string }): readonly Application[] {
  const { byFolder } = indexOf(tree);
  const found: Application[] = [];
  for (let folder = folderOf(file); folder !== ''; folder = folderOf(folder))
    found.push(
      ...(byFolder.get(folder) ?? []).filter((each) =>
        sourcesOf(each).some((source) => source.path === folder && reads(tree, source, file)),
      ),
    );
  return found;
}

/** Every object that an Application delivers. */
export function deliveredBy(tree: Tree, application: Application): readonly Manifest[] {
  const { folders } = indexOf(tree);
  return sourcesOf(application).flatMap((source) => {
    const { path = '', directory } = source;
    const below =
      directory?.recurse === true ? [...folders.keys()].filter((each) => each.startsWith(`${path}/`)) : [];
    return [path, ...below]
      .flatMap((folder) => folders.get(folder) ?? [])
      .filter(({ file }) => reads(tree, source, file));
  });
}

/** Whether a file below its path is one of its manifests. */
function reads(
  tree: Tree,
  { path = '', chart, directory, helm, kustomize, plugin }: Source,
  file: string,
): boolean {
  const { recurse, include, exclude } = directory ?? {};
  const relative = file.slice(path.length + 1);
  const rendered = tree.unreadable.some((each) => folderOf(each.file) === path && rendererOf(each.file));
  if ((helm && !chart) || kustomize || plugin || rendered || (relative.includes('/') && recurse !== true))
    return false;
  return !(exclude && glob(exclude, relative)) && (!include || glob(include, relative));
}

type Source = NonNullable<NonNullable<Kinds['Application']['spec']>['source']>;

/** Where it reads: the folder without a slash at its end, and of a chart the one that holds what it makes, once that is rendered. */
export function sourcesOf({ object }: Application): Source[] {
  const { source, sources = [source] } = object.spec ?? {};
  // A comparison asks it of what no schema has judged.
  return listOf(sources).map((each) => {
    const path = each.chart ? `add-ons/${object.metadata.name}` : each.path;
    return { ...each, ...(typeof path === 'string' && { path: path.replace(/\/$/, '') }) };
  });
}

const indexOf = oncePer(
  (tree: Tree): Index => ({
    byFolder: gathered(
      tree.ofKind('Application').flatMap((each) => sourcesOf(each).map(({ path = '' }) => [path, each])),
    ),
    folders: groupedBy(tree.manifests, ({ file }) => folderOf(file)),
  }),
);
