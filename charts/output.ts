import { existsSync, readdirSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ApiObject, Chart } from 'cdk8s';
import type { ChartFolder } from './chart-folder';
import { sayable } from './environments/visible';
import { makeFolder, textIfThere } from './files';
import { toYaml } from './yaml';

/** What a publication did to the files. */
export interface Changes {
  readonly total: number;
  readonly written: readonly string[];
  readonly removed: readonly string[];
}

/** What files held that a publication wrote or removed; nothing for those that are new. */
export type Before = Map<string, string | undefined>;

/** Everything that is wrong between the objects at once, one a line: where, what, remedy. */
export class RenderError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

/**
 * What of an error is to be mended in settings, charts or on the machine, a full disk for example; nothing for a mistake of
 * the program, where it was made is what matters.
 */
export function problemsIn(error: unknown): readonly string[] | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('problems' in error) return (error.problems as readonly string[]).map(sayable);
  return 'syscall' in error ? [sayable(error.message)] : undefined;
}

/** Renders every object to `<folder>/<chart>/<Kind>.<name>.yaml`, keys sorted; throws what `objectsOf` throws. */
export function render(folders: readonly ChartFolder[]): Map<string, string> {
  return new Map([...objectsOf(folders)].map(([path, object]) => [path, toYaml(object)]));
}

/**
 * Every object, by the path of its file.
 *
 * @throws RenderError listing every construct that refused, every file two objects would share, and every object made twice
 */
export function objectsOf(folders: readonly ChartFolder[]): Map<string, any> {
  const problems: string[] = [];
  const files = new Map<string, any>();
  const owners = new Map<string, string>();
  for (const { folder, app, policies = [] } of folders) {
    const constructs = app.node.findAll();
    for (const construct of constructs)
      for (const problem of construct.node.validate())
        problems.push(`${folder}/${construct.node.path}: ${problem}`);
    for (const construct of constructs) {
      if (!ApiObject.isApiObject(construct)) continue;
      const path = `${folder}/${Chart.of(construct).node.id}/${construct.kind}.${construct.name}.yaml`;
      const object = construct.toJson();
      for (const policy of policies) policy(object, construct);
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
 * @param before is given what the files held, for `restore`
 * @throws Error when a file cannot be written; then all are what they were
 */
export function publish(
  root: string,
  folders: readonly string[],
  files: ReadonlyMap<string, string>,
  before: Before = new Map(),
): Changes {
  for (const [path, text] of files) {
    const held = textIfThere(join(root, path));
    if (held !== text) before.set(path, held);
  }
  const written = [...before.keys()];
  const removed = folders
    .flatMap((folder) => list(root, folder))
    .filter((path) => !files.has(path) && /\/[A-Z]\w*\.[^/]+\.yaml$/.test(path));
  for (const path of removed) before.set(path, textIfThere(join(root, path)));
  try {
    write(root, new Map(written.map((path) => [path, files.get(path) as string])));
    remove(root, removed);
  } catch (error) {
    try {
      restore(root, before);
    } catch (second) {
      throw new Error(
        `${(error as Error).message}\nand what was written could not be taken back: ${(second as Error).message}`,
      );
    }
    throw error;
  }
  return { total: files.size, written, removed };
}

/** Makes files hold what they held before a publication. */
export function restore(root: string, before: Before): void {
  const differing = [...before].filter(([path, text]) => textIfThere(join(root, path)) !== text);
  write(root, new Map(differing.flatMap(([path, text]) => (text === undefined ? [] : [[path, text]]))));
  remove(
    root,
    differing.flatMap(([path, text]) => (text === undefined ? [path] : [])),
  );
}

function write(root: string, texts: ReadonlyMap<string, string>): void {
  if (texts.size === 0) return;
  forgetStagingOfTheDead(root);
  const staging = join(root, `.staging-${process.pid}`);
  const home = deviceOf(root);
  // Nothing is renamed from one file system to another: there a file is staged beside the one that it replaces.
  const staged = new Map(
    [...texts.keys()].map((path) => {
      const target = join(root, path);
      return [path, deviceOf(dirname(target)) === home ? join(staging, path) : `${target}.staging-${process.pid}`];
    }),
  );
  const makeFolders = (files: Iterable<string>) => {
    for (const folder of new Set([...files].map(dirname))) makeFolder(folder);
  };
  try {
    makeFolders(staged.values());
    for (const folder of new Set([...staged.values()].map(dirname))) forgetStagingOfTheDead(folder);
    for (const [path, text] of texts) writeFileSync(staged.get(path) as string, text);
    makeFolders([...texts.keys()].map((path) => join(root, path)));
    for (const [path, from] of staged) renameSync(from, join(root, path));
  } finally {
    for (const from of staged.values()) if (!from.startsWith(staging)) rmSync(from, { force: true });
    rmSync(staging, { recursive: true, force: true });
  }
}

/** The device of a folder, or of the nearest existing one above it. */
function deviceOf(folder: string): number {
  return statSync(folder, { throwIfNoEntry: false })?.dev ?? deviceOf(dirname(folder));
}

function remove(root: string, paths: readonly string[]): void {
  for (const path of paths) {
    rmSync(join(root, path), { force: true });
    dropEmpty(root, dirname(path));
  }
}

/** What a process left that was killed while it wrote. */
function forgetStagingOfTheDead(root: string): void {
  for (const name of existsSync(root) ? readdirSync(root) : []) {
    const [, id] = /^(?:\S+\.yaml)?\.staging-(\d+)$/.exec(name) ?? [];
    if (id && !isAlive(Number(id))) rmSync(join(root, name), { recursive: true, force: true });
  }
}

/** Whether there is a process of that number, also one of somebody else's. */
export function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function list(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((item) => {
    const path = `${folder}/${item.name}`;
    return item.isDirectory() ? list(root, path) : [path];
  });
}

function dropEmpty(root: string, folder: string): void {
  if (!existsSync(join(root, folder)) || readdirSync(join(root, folder)).length > 0) return;
  rmdirSync(join(root, folder));
  if (folder.includes('/')) dropEmpty(root, dirname(folder));
}
