/** What a project allows. With a name it is a cluster-scoped object, and that one only. */
export interface Allowed {
  readonly group: string;
  readonly kind: string;
  readonly name?: string;
}

/**
 * By project: what its charts have no more, and Argo CD has yet to delete. An object whose kind its project does not allow
 * is none of Argo CD's: it would stay in the cluster and go on working. Empty again when the commit is synced.
 */
export const leaving: Readonly<Record<string, readonly Allowed[]>> = {};
