// What a differ from npm says of two folders of manifests: node generic.mjs <differ> <its node_modules> <before> <after>
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [tool, modules, before, after] = process.argv.slice(2);
const require = createRequire(join(modules, 'x.js'));
const { load } = require('js-yaml');
const differ = tool === 'deep-diff' ? deepDiff() : await jsonDiffPatch();

const list = (folder) => readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.yaml'));
const read = (folder, name) => load(readFileSync(join(folder, name), 'utf8'));
const [was, is] = [new Set(list(before)), new Set(list(after))];
let changes = 0;
for (const name of new Set([...was, ...is]))
  changes += was.has(name) && is.has(name) ? differ(read(before, name), read(after, name)) : 1;
console.log(changes);

function deepDiff() {
  const { diff } = require('deep-diff');
  return (a, b) => diff(a, b)?.length ?? 0;
}

async function jsonDiffPatch() {
  const { create } = await import(pathToFileURL(join(modules, 'jsondiffpatch/lib/index.js')).href);
  const patcher = create();
  return (a, b) => leaves(patcher.diff(a, b));
}

/** A delta is an array where something changed, and an object of deltas above it. */
function leaves(delta) {
  if (delta === undefined) return 0;
  if (Array.isArray(delta)) return 1;
  return Object.entries(delta).reduce((sum, [key, inner]) => sum + (key === '_t' ? 0 : leaves(inner)), 0);
}
