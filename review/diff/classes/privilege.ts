import { minorOf } from '../../model/identity';
import { levelLabel, versionLabel } from '../../model/namespace-level';
import type { Path } from '../../model/path';
import {
  isLevel,
  type PodSecurityLevel,
  podSecurityLevels,
  type Violation,
  violationsOf,
} from '../../model/pod-security';
import type { PodTemplate } from '../../model/pods';
import { type Classify, type Draft, subjectOf } from '../finding';
import type { ObjectChange } from '../objects';
import { templateIn } from '../pods';
import { rights } from './rights';
import { risk } from './risk-words';

export const privilege: Classify = function* (change, { kubernetes }) {
  if (!change.after) return;
  yield* pods(change, minorOf(kubernetes));
  yield* token(change);
  yield* namespaceLevel(change);
  yield* identity(change);
  yield* rights(change);
};

function* pods({ before, after }: ObjectChange, version: number): Iterable<Draft> {
  const [was, is] = [templateIn(before), templateIn(after)];
  if (!is) return;
  const told = (pods: PodTemplate | undefined): Violation[] => (pods ? [...violationsOf(pods, version)] : []);
  const old = new Set(told(was).map(({ message }) => message));
  const fresh = told(is).filter(({ message }) => !old.has(message));
  // Most charts in the world need baseline when they are new; privileged is never a habit.
  const grave = was ? fresh : fresh.filter(({ level }) => level === 'baseline');
  if (grave.length === 0) return;
  const [from, to] = [levelOf(told(was)), levelOf(told(is))];
  const level = from !== to || grave.some((each) => each.level === 'baseline') ? 'high' : 'warn';
  const change = was ? (from === to ? `stays ${to}` : `${from} → ${to}`) : to;
  const violations = grave.map(({ message }) => message).join('; ');
  const values = { level, before: was && from, after: to, change, violations } as const;
  yield risk('pod-security', [...is.path, 'spec'], values);
}

/** The strictest level that has nothing against the pods. */
function levelOf(violations: readonly Violation[]): PodSecurityLevel {
  if (violations.some(({ level }) => level === 'baseline')) return 'privileged';
  return violations.length > 0 ? 'baseline' : 'restricted';
}

function* token({ before, after }: ObjectChange): Iterable<Draft> {
  if (!after || !before) return;
  const mounts = (change: typeof after) =>
    change.object.kind === 'ServiceAccount'
      ? change.object.automountServiceAccountToken
      : templateIn(change)?.spec.automountServiceAccountToken;
  const [was, is] = [mounts(before), mounts(after)];
  if (was !== false || is === false) return;
  const path = templateIn(after)?.path;
  yield risk('token-mounted', [...(path ? [...path, 'spec'] : []), 'automountServiceAccountToken']);
}

function* namespaceLevel({ before, after, changes }: ObjectChange): Iterable<Draft> {
  if (after?.object.kind !== 'Namespace') return;
  const rank = (value: unknown) => (isLevel(value) ? podSecurityLevels.indexOf(value) : 0);
  const [was, is] = [before, after].map((each) => each?.object.metadata.labels?.[levelLabel]);
  const at = ['metadata', 'labels', levelLabel];
  if (before && rank(is) < rank(was))
    yield risk('namespace-lowered', at, { old: was ?? 'none', now: is ?? 'none' });
  if (!before && is !== 'restricted' && is !== 'baseline') yield risk('namespace-level', at, { now: is ?? 'no' });
  for (const { path, before: old, after: now } of changes)
    if (path.join(' ') === `metadata labels ${versionLabel}` && now === undefined)
      yield risk('unpinned-version', path, { before: old });
}

const role = /arn:aws[\w-]*:iam::\d+:role\//;

/** Identities in AWS: what the pods or the secret store may do there. */
function* identity(change: ObjectChange): Iterable<Draft> {
  const { kind } = subjectOf(change).object;
  for (const { path, before, after } of change.changes)
    if (typeof after === 'string' && (role.test(after) || isRole(kind, path)))
      yield risk('aws-role', path, {
        role: [after, before].flatMap((arn) => (arn === undefined ? [] : short(arn))).join(', no longer as '),
      });
}

function isRole(kind: string, path: Path): boolean {
  return path.at(-1) === 'eks.amazonaws.com/role-arn' || (kind.endsWith('SecretStore') && path.at(-1) === 'role');
}

function short(arn: unknown): string {
  return String(arn).replace(/^arn:aws[\w-]*:iam::\d+:/, '');
}
