import { clusterKinds } from './cluster-kinds';

/** What a project allows. With a name it is a cluster-scoped object, and that one only. */
export interface AllowedKind {
  readonly group: string;
  readonly kind: string;
  readonly name?: string;
}

export type Leaving = Readonly<Record<string, readonly AllowedKind[]>>;

/**
 * By project: what its charts have no more, and Argo CD has yet to delete. An object whose kind its project does not allow
 * is none of Argo CD's: it would stay in the cluster and go on working. Empty again when the commit is synced.
 */
export const leaving: Leaving = {};

/** With its fields in one order, so that two that are equal read the same. */
export function normalised({ group, kind, name }: AllowedKind): AllowedKind {
  return { group, kind, ...(name && { name }) };
}

/**
 * What of it would do nothing, or be refused by Argo CD, one a line: file, key, value, remedy.
 *
 * @param projects that are made of charts
 */
export function judgeLeaving(gone: Leaving, projects: readonly string[]): string[] {
  const problems: string[] = [];
  const at = (path: string, message: string) => problems.push(`charts/argocd/leaving.ts: ${path}: ${message}`);
  for (const [project, entries] of Object.entries(gone)) {
    if (!projects.includes(project)) at(project, `is not a project with charts; there are ${projects.join(', ')}`);
    for (const [i, { group, kind, name }] of entries.entries()) {
      const cluster = clusterKinds.includes(`${group}/${kind}`);
      if (cluster && !name)
        at(`${project}.${i}.name`, `is missing; ${kind} is in no namespace, and allowed by name only`);
      if (!cluster && name)
        at(
          `${project}.${i}.name`,
          `${JSON.stringify(name)} goes with a kind of charts/argocd/cluster-kinds.ts only, and ${kind} of group ${JSON.stringify(group)} is none; leave the name out`,
        );
    }
  }
  return problems;
}
