import { join } from 'node:path';
import type { Settings } from '../../charts/settings';
import type { Manifest, Tree } from '../model/tree';
import type { Subject } from '../rule';
import { wellTyped } from '../schema/judge';
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
export function subjectOf(root: string, tree: Tree, settings: Settings, asked?: readonly Manifest[]): Subject {
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
