import type { KubernetesObject } from './tree';

export function groupOf({ apiVersion }: KubernetesObject): string {
  const [group = '', version] = apiVersion.split('/');
  return version === undefined ? '' : group;
}

/** A version is not part of an identity: the API server serves the same object in every version. */
export function identityOf(object: KubernetesObject): string {
  const { namespace = '', name } = object.metadata;
  return [groupOf(object), object.kind, namespace, name].join('/');
}

/** What a hash of the content leaves of a name: `eren-web-pgbouncer` of `eren-web-pgbouncer-575ea17a`. */
export function withoutHash(name: string): string | undefined {
  return /^(.+)-(?:(?=[a-f]*\d)[0-9a-f]{8,64}|[bcdfghjklmnpqrstvwxz2456789]{10})$/.exec(name)?.[1];
}
