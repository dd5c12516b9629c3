import type { Manifest } from './tree';

/** Where objects are looked up: the files of a repository, one side of a diff, a live cluster. */
export interface Objects {
  ofKind(...kinds: string[]): readonly Manifest[];
  /** @param namespace absent for what is not in one */
  find(kind: string, namespace: string | undefined, name: string): Manifest | undefined;
}
