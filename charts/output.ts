import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { ApiObject, Chart } from 'cdk8s';
import { dump } from 'js-yaml';
import type { Output } from './app';

/** What a publication did to the files. */
export interface Changes {
  readonly total: number;
  readonly written: readonly string[];
  readonly removed: readonly string[];
}

/** Everything that is wrong between the objects at once, one a line: where, what, remedy. */
export class RenderError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

/** Renders every object to `<folder>/<chart>/<Kind>.<name>.yaml`, keys sorted; throws what `objectsOf` throws. */
export function render(outputs: readonly Output[]): Map<string, string> {
  return new Map([...objectsOf(outputs)].map(([path, object]) => [path, print(object)]));
}

export function print(object: unknown): string {
  return dump(object, { sortKeys: order, lineWidth: -1, noRefs: true });
}

/**
 * Every object, by the path of its file.
 *
 * @throws RenderError listing every construct that refused, every file two objects would share, and every object made twice
 */
export function objectsOf(outputs: readonly Output[]): Map<string, any> {
  const problems: string[] = [];
  const files = new Map<string, any>();
  const owners = new Map<string, string>();
  for (const { folder, app } of outputs) {
    const constructs = app.node.findAll();
    for (const construct of constructs)
      for (const problem of construct.node.validate())
        problems.push(`${folder}/${construct.node.path}: ${problem}`);
    for (const construct of constructs) {
      if (!ApiObject.isApiObject(construct)) continue;
      const path = `${folder}/${Chart.of(construct).node.id}/${construct.kind}.${construct.name}.yaml`;
      const object = construct.toJson();
      const identity = [construct.apiGroup, construct.kind, object.metadata.namespace ?? '', construct.name].join(
        '/',
      );
      const twin = owners.get(identity);
      if (twin) problems.push(`${path}: ${identity} is also made by ${twin}; an object has one owner, rename one`);
      else if (files.has(path)) problems.push(`${path}: two objects would share this file; rename one`);
      owners.set(identity, `${folder}/${construct.node.path}`);
      files.set(path, object);
    }
  }
  if (problems.length > 0) throw new RenderError(problems);
  return files;
}

/**
 * Makes the folders hold exactly these manifests; a file of another form in them is left alone. All that changed is
 * written beside first and only then renamed, so a full disk or an interrupted run leaves the previous files whole.
 *
 * @param root what the paths are relative to
 */
export function publish(root: string, folders: readonly string[], files: ReadonlyMap<string, string>): Changes {
  const written = [...files].filter(([path, text]) => read(join(root, path)) !== text).map(([path]) => path);
  const removed = folders
    .flatMap((folder) => list(root, folder))
    .filter((path) => !files.has(path) && /\/[A-Z]\w*\.[^/]+\.yaml$/.test(path));
  const staging = join(root, `.staging-${process.pid}`);
  const makeFolders = (base: string) => {
    for (const folder of new Set(written.map(dirname))) mkdirSync(join(base, folder), { recursive: true });
  };
  try {
    makeFolders(staging);
    for (const path of written) writeFileSync(join(staging, path), files.get(path) as string);
    makeFolders(root);
    for (const path of written) renameSync(join(staging, path), join(root, path));
  } finally {
    if (written.length > 0) rmSync(staging, { recursive: true, force: true });
  }
  for (const path of removed) {
    rmSync(join(root, path));
    dropEmpty(root, dirname(path));
  }
  return { total: files.size, written, removed };
}

/** `apiVersion`, `kind`, `metadata`, then the alphabet: as every manifest is read. */
function order(a: string, b: string): number {
  return rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0);
}

function rank(key: string): number {
  const first = ['apiVersion', 'kind', 'metadata'].indexOf(key);
  return first < 0 ? 3 : first;
}

function read(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

function list(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((item) => {
    const path = `${folder}/${item.name}`;
    return item.isDirectory() ? list(root, path) : [path];
  });
}

function dropEmpty(root: string, folder: string): void {
  if (readdirSync(join(root, folder)).length > 0) return;
  rmdirSync(join(root, folder));
  if (folder.includes('/')) dropEmpty(root, dirname(folder));
}
