import type { Path } from '../model/path';
import { type Context, subjectOf } from './finding';
import foreign from './foreign-controllers.json';
import type { ObjectChange } from './objects';

/** Written for people, or by tools about themselves; whatever the domain. */
const prose =
  /^(app\.kubernetes\.io\/(version|managed-by)|helm\.sh\/chart|kubernetes\.io\/(description|change-cause)|meta\.helm\.sh\/.*|checksum\/.*|.*\/checksum)$/;
/** Domains of controllers that act on what they read. */
const domains = [
  ...['kubernetes.io', 'k8s.io', 'k8s.aws', 'argoproj.io', 'stakater.com', 'datadoghq.com', 'amazonaws.com'],
  ...['external-secrets.io', 'keda.sh', ...foreign.reads.map(({ domain }) => domain)],
];
const read = new RegExp(`(^|\\.)(${domains.join('|').replaceAll('.', '\\.')})/`);
/** Kinds whose own labels somebody may select by; those of other kinds are for people. */
const selected = ['Namespace', 'Node', 'PersistentVolume', 'Secret', 'ConfigMap', 'Application', 'Pod'];

/**
 * Counts labels and annotations of the object itself that nothing reads as cosmetic. Those of a pod template are never:
 * they start new pods.
 */
export function withoutNoise(change: ObjectChange, { after, before }: Context): ObjectChange {
  const { kind } = subjectOf(change).object;
  const monitored = kind === 'Service' && [after, before].some((side) => side.ofKind('ServiceMonitor').length > 0);
  const noise = (path: Path) => isNoise(path, monitored || selected.includes(kind));
  const left = change.changes.filter(({ path }) => !noise(path));
  const count = change.changes.length - left.length;
  if (count === 0) return change;
  const counted = Array.from({ length: count }, () => 'a label or annotation that nothing reads' as const);
  return { ...change, changes: left, cosmetic: [...change.cosmetic, ...counted] };
}

function isNoise([top, map, key]: Path, labelsCount: boolean): boolean {
  if (top !== 'metadata' || key === undefined || (map !== 'labels' && map !== 'annotations')) return false;
  if (prose.test(key)) return true;
  if (map === 'annotations') return !read.test(key);
  // Recommended labels are for people; what selects by them selects pods, whose labels are in the template.
  return !labelsCount && (!read.test(key) || key.startsWith('app.kubernetes.io/'));
}
