import { minorOf } from './identity';
import type { Objects } from './objects';
import { isLevel, type PodSecurityLevel } from './pod-security';
import type { Manifest } from './tree';

export const levelLabel = 'pod-security.kubernetes.io/enforce';
export const versionLabel = `${levelLabel}-version`;

/** What the Namespace of an object enforces, and by the table of which minor version: the one it pins, else the cluster's. */
export function enforcedOn(
  objects: Objects,
  { object }: Manifest,
  kubernetes = '',
): { readonly level?: PodSecurityLevel; readonly version: number } {
  const labels = objects.find('Namespace', undefined, object.metadata.namespace ?? '')?.object.metadata.labels;
  const { [levelLabel]: level, [versionLabel]: pinned = '' } = labels ?? {};
  const version = minorOf(/^v1\.\d+$/.test(pinned) ? pinned : kubernetes);
  return { version, ...(isLevel(level) && { level }) };
}
