import type { PodSecurityLevel } from '../../model/pod-security';
import type { Manifest, Tree } from '../../model/tree';

export const label = 'pod-security.kubernetes.io/enforce';

const levels: readonly string[] = ['privileged', 'baseline', 'restricted'];

/** The Namespace of an object: its own, or the labels that an Application gives one that Argo CD creates. */
export function namespaceLabels(
  tree: Tree,
  namespace: string | undefined,
): Readonly<Record<string, string>> | undefined {
  if (namespace === undefined) return undefined;
  return tree.find('Namespace', undefined, namespace)?.object.metadata.labels;
}

/** What the namespace of an object enforces; undefined where the namespace is not here, or says nothing. */
export function enforcedLevel(tree: Tree, { object }: Manifest): PodSecurityLevel | undefined {
  const level = namespaceLabels(tree, object.metadata.namespace)?.[label];
  return levels.includes(level ?? '') ? (level as PodSecurityLevel) : undefined;
}

/** The minor version whose table is applied: the one that the namespace pins, else the cluster's. */
export function enforcedVersion(tree: Tree, { object }: Manifest, kubernetes: string): number {
  const pinned = namespaceLabels(tree, object.metadata.namespace)?.[`${label}-version`];
  return minorOf(/^v1\.\d+$/.test(pinned ?? '') ? (pinned as string) : kubernetes);
}

export function minorOf(version: string): number {
  return Number(version.split('.')[1]);
}
