import type { Settings } from '../charts/settings';
import type { Subject } from './rule';
import type { Tree } from './tree';

/** @param _root the repository, which has the tables of the schema */
export function subjectOf(_root: string, tree: Tree, settings: Settings): Subject {
  return { tree, settings };
}
