import table from './old-apis.json';

interface Removed {
  /** The minor version of Kubernetes that serves it no more. */
  readonly since: number;
  /** What takes its place. */
  readonly instead: string;
}

/** @param minor of the cluster, 35 in 1.35 */
export function removedIn(apiVersion: string, kind: string, minor: number): Removed | undefined {
  const found = rowOf<Removed>(table.removed, apiVersion, kind);
  return found && found.since <= minor ? found : undefined;
}

/** What to write instead of a version that its controller serves for now, and not for long. */
export function deprecatedFor(apiVersion: string, kind: string): string | undefined {
  return rowOf<string>(table.deprecated, apiVersion, kind);
}

function rowOf<T>(rows: Readonly<Record<string, T>>, apiVersion: string, kind: string): T | undefined {
  return rows[`${apiVersion} ${kind}`] ?? rows[`${apiVersion} *`];
}
