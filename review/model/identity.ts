import type { KubernetesObject } from './tree';

/** @returns empty for the core group, as in `v1` */
export function groupOf(apiVersion: string): string {
  const [group = '', version] = apiVersion.split('/');
  return version === undefined ? '' : group;
}

/** `35` of `1.35` or `v1.35`. */
export function minorOf(version: string): number {
  return Number(version.split('.')[1]);
}

/** The folder of a file; empty at the top. */
export function folderOf(file: string): string {
  return file.slice(0, Math.max(0, file.lastIndexOf('/')));
}

/** `Rollout web`, for a person. */
export function nameOf({ kind, metadata }: Pick<KubernetesObject, 'kind' | 'metadata'>): string {
  return `${kind} ${metadata.name}`;
}

/** A version is not part of an identity: the API server serves the same object in every version. */
export function identityOf({ apiVersion, kind, metadata }: KubernetesObject): string {
  const { namespace = '', name } = metadata;
  return [groupOf(apiVersion), kind, namespace, name].join('/');
}

/** What a hash of the content leaves of a name: `web-pgbouncer` of `web-pgbouncer-575ea17a`. */
export function withoutHash(name: string): string | undefined {
  return /^(.+)-(?:(?=[a-f]{0,63}\d)[0-9a-f]{8,64}|[bcdfghjklmnpqrstvwxz2456789]{10})$/.exec(name)?.[1];
}
