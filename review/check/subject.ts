import { join } from 'node:path';
import type { Manifest, Tree } from '../model/tree';
import type { Subject } from '../rule';
import { judge, wellTyped } from '../schema/judge';
import { Schemas } from '../schema/tables';

const schemas = new Map<string, Schemas>();

/** The tables of the schema, read once. @param root the repository */
export function schemasOf(root: string): Schemas {
  const folder = join(root, 'review/schema/tables');
  const known = schemas.get(folder) ?? new Schemas(folder);
  schemas.set(folder, known);
  return known;
}

/**
 * @param root the repository, which has the tables of the schema
 * @param asked as a `Subject` has it
 */
export function subjectOf(
  root: string,
  tree: Tree,
  settings: Subject['settings'],
  asked?: readonly Manifest[],
): Subject {
  const known = schemasOf(root);
  const files = asked && new Set(asked.map(({ file }) => file));
  const typed = wellTyped(tree, known, asked && new Set(asked));
  return {
    tree: typed,
    settings,
    schemas: known,
    ...(files && { asked: typed.manifests.filter(({ file }) => files.has(file)) }),
  };
}

/** What has another type than its field, by file: nothing can be counted of such a tree. */
export function mistypedIn(
  root: string,
  { manifests }: Tree,
): { readonly file: string; readonly message: string }[] {
  return manifests.flatMap((manifest) =>
    judge(manifest, schemasOf(root))
      .filter(({ rule }) => rule === 'wrong-type')
      .map(({ path, message }) => ({ file: manifest.file, message: `${path.join('.')}: ${message}` })),
  );
}
