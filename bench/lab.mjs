// The folder where everything is measured: copies of the working tree, so that a bench writes nothing into it and an
// editor's save in between does not change what the later rounds measure.
import {
  accessSync,
  constants,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { measure } from './measure.mjs';

/** Where Linux keeps files in memory. */
const memory = '/dev/shm';

/**
 * @param parent where the lab is made; in memory when absent and there is room, else among the temporary files
 * @returns paths: `tree` is a copy for the synth, `edited` one whose sources change, `stock` one for cdk8s-cli,
 *   `objects` what the tree synthesizes
 */
export function makeLab(root, parent = hasRoom(memory) ? memory : tmpdir()) {
  const folder = mkdtempSync(join(parent, 'e-ren-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const [tree, edited, stock] = ['tree', 'edited', 'stock'].map((name) => {
    const copy = join(folder, name);
    const skipped = ['node_modules', '.git', 'dist', 'argocd'].map((item) => join(root, item));
    const filter = (path) => !skipped.includes(path) && basename(path) !== 'node_modules';
    cpSync(root, copy, { recursive: true, filter });
    return copy;
  });
  linkModules(root, tree);
  linkModules(root, edited);
  return { folder, tree, edited, stock, objects: join(folder, 'objects'), inMemory: parent === memory };
}

function hasRoom(folder) {
  try {
    accessSync(folder, constants.W_OK);
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize > 1e9;
  } catch {
    return false;
  }
}

/** Every package by its own link: the compiled bundles, in `node_modules/.cache`, are then the copy's. */
function linkModules(root, copy) {
  mkdirSync(join(copy, 'node_modules'));
  for (const name of readdirSync(join(root, 'node_modules')))
    if (name !== '.cache') symlinkSync(join(root, 'node_modules', name), join(copy, 'node_modules', name));
}

/** Synthesizes once: what every other way has to come to as well. */
export async function synthesizeObjects({ tree, objects, folder }) {
  await measure(
    { argv: ['node', 'commands/run.mjs', 'charts/main.ts', '--into', objects], cwd: tree },
    join(folder, 'log'),
  );
}

/** The objects as a one-file Helm chart and as a kustomization. */
export function packObjects({ objects, folder }) {
  const all = list(objects)
    .map((path) => `---\n${readFileSync(join(objects, path), 'utf8')}`)
    .join('');
  const [chart, kustomization] = [join(folder, 'chart'), join(folder, 'kustomization')];
  mkdirSync(join(chart, 'templates'), { recursive: true });
  mkdirSync(kustomization);
  writeFileSync(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: objects\nversion: 1.0.0\n');
  // Some objects hold templates of others, which Helm is to print as they are.
  writeFileSync(join(chart, 'templates', 'all.yaml'), all.replaceAll('{{', '{{ "{{" }}'));
  writeFileSync(join(kustomization, 'kustomization.yaml'), 'resources: [all.yaml]\n');
  writeFileSync(join(kustomization, 'all.yaml'), all);
  return { chart, kustomization };
}

/** @returns what is wrong with a folder that should hold the objects */
export function differs(objects, out) {
  const [wanted, written] = [list(objects), list(out)];
  const path = wanted.find((file) => !written.includes(file)) ?? written.find((file) => !wanted.includes(file));
  if (path) return `wrote ${written.length} files where ${wanted.length} belong, as ${path} shows`;
  const other = wanted.find((file) => !readFileSync(join(objects, file)).equals(readFileSync(join(out, file))));
  return other && `wrote ${other} otherwise than the synth`;
}

/** @returns what is wrong with a print-out that should hold the objects */
export function countsOtherwise(objects, printed) {
  const count = readFileSync(printed, 'utf8').match(/^kind: /gm)?.length ?? 0;
  const wanted = list(objects).length;
  return count === wanted ? undefined : `printed ${count} objects where ${wanted} belong`;
}

function list(folder, under = '') {
  return readdirSync(join(folder, under), { withFileTypes: true }).flatMap((item) => {
    const path = join(under, item.name);
    return item.isDirectory() ? list(folder, path) : [path];
  });
}
