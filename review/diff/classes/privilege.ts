import { minorOf } from '../../model/identity';
import { levelLabel, versionLabel } from '../../model/namespace-level';
import { at, type Path } from '../../model/path';
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
import { riskWords } from './risk-words';

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
  yield {
    level: from !== to || grave.some(({ level }) => level === 'baseline') ? 'high' : 'warn',
    path: [...is.path, 'spec'],
    ...(was && { before: from }),
    after: to,
    says: `Pod Security ${was ? (from === to ? `stays ${to}` : `${from} → ${to}`) : to}: ${grave.map(({ message }) => message).join('; ')}`,
    ...riskWords['pod-security'],
  };
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
  yield {
    ...riskWords['token-mounted'],
    path: [...(path ? [...path, 'spec'] : []), 'automountServiceAccountToken'],
    says: 'a token for the API server is mounted into the pods',
  };
}

function* namespaceLevel({ before, after, changes }: ObjectChange): Iterable<Draft> {
  if (after?.object.kind !== 'Namespace') return;
  const label = levelLabel;
  const rank = (value: unknown) => (isLevel(value) ? podSecurityLevels.indexOf(value) : 0);
  const [was, is] = [before?.object.metadata.labels?.[label], after.object.metadata.labels?.[label]];
  if (before ? rank(is) < rank(was) : is !== 'restricted' && is !== 'baseline')
    yield {
      ...riskWords['namespace-level'],
      path: ['metadata', 'labels', label],
      says: before
        ? `Pod Security of the namespace is lowered: ${was ?? 'none'} → ${is ?? 'none'}`
        : `the namespace enforces ${is ?? 'no'} Pod Security`,
    };
  for (const { path, before: old, after: now } of changes)
    if (at(path, 'metadata.labels.*') && path[2] === versionLabel && now === undefined)
      yield {
        level: 'warn',
        path,
        says: 'the version of the Pod Security check is no longer pinned: it follows the API server',
        why: 'A cluster upgrade may then refuse pods that it admitted the day before.',
        fix: `keep enforce-version: ${old}`,
      };
}

const role = /arn:aws[\w-]*:iam::\d+:role\//;

/** Identities in AWS: what the pods or the secret store may do there. */
function* identity(change: ObjectChange): Iterable<Draft> {
  const { kind } = subjectOf(change).object;
  for (const { path, before, after } of change.changes)
    if (typeof after === 'string' && (role.test(after) || isRole(kind, path)))
      yield {
        ...riskWords['aws-role'],
        path,
        says:
          before === undefined
            ? `acts in AWS as ${short(after)}`
            : `acts in AWS as ${short(after)}, no longer as ${short(before)}`,
      };
}

function isRole(kind: string, path: Path): boolean {
  return path.at(-1) === 'eks.amazonaws.com/role-arn' || (kind.endsWith('SecretStore') && path.at(-1) === 'role');
}

function short(arn: unknown): string {
  return String(arn).replace(/^arn:aws[\w-]*:iam::\d+:/, '');
}
