import type { Manifest } from './tree';

/** Where objects are looked up: the files of a repository, one side of a diff, a live cluster. */
export interface Objects {
  ofKind<K extends string>(...kinds: readonly K[]): readonly Manifest<K>[];
  /** @param namespace absent for what is not in one */
  find<K extends string>(kind: K, namespace: string | undefined, name: string): Manifest<K> | undefined;
}
