import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import type { Kinds } from '../model/kinds';
import type { Tree } from '../model/tree';

/** A definition that the imports were generated from, and its file. */
export interface Definition {
  readonly file: string;
  readonly object: Kinds['CustomResourceDefinition'];
}

/** Those of the kinds that the tree has: KEDA's only when something scales by it. */
export function definitionsOf(root: string, tree: Tree): Definition[] {
  const folder = 'imports/crds';
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name}`)
    .filter((file) => /\/crds\/[^/]+\/[^/]+\.yaml$/.test(file))
    .sort()
    .map((file) => ({ file, object: load(readFileSync(join(root, file), 'utf8')) as Definition['object'] }))
    .filter(({ object }) => object?.kind === 'CustomResourceDefinition')
    .filter(({ object }) => tree.ofKind(object.spec?.names?.kind ?? '').length > 0);
}
