import { join } from 'node:path';
import type { Settings } from '../../charts/settings';
import type { Tree } from '../model/tree';
import type { Subject } from '../rule';
import { wellTyped } from '../schema/judge';
import { Schemas } from '../schema/tables';

const schemas = new Map<string, Schemas>();

/** @param root the repository, which has the tables of the schema */
export function subjectOf(root: string, tree: Tree, settings: Settings): Subject {
  const folder = join(root, 'review/schema/tables');
  const known = schemas.get(folder) ?? new Schemas(folder);
  schemas.set(folder, known);
  return { tree: wellTyped(tree, known), settings, schemas: known };
}
