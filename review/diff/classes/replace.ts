import { groupOf } from '../../model/identity';
import { hookOf, syncOptions } from '../../model/sync-options';
import type { Manifest } from '../../model/tree';
import { type Classify, subjectOf } from '../finding';
import { riskWords } from './risk-words';

/** What is missing, or gone, while one is deleted and the other created. */
const gaps: Readonly<Record<string, string>> = {
  Service:
    'The name stops resolving: the old one goes while the new one comes, and clients must know the new name.',
  Ingress:
    'The load balancer’s rules are removed and made again, and with the last Ingress of a group the load balancer itself.',
  StatefulSet: 'Its claims keep the old name: the pods of the new one start with empty volumes.',
  PersistentVolumeClaim: 'The new claim is empty.',
  Deployment:
    'Its pods are other pods: both sets run at once or neither does, and autoscaler, budget and policies must follow.',
  Rollout: 'The new one has no stable version: all its pods start at once, without a canary.',
  ServiceAccount: 'Rights and identities that are bound to the old name do not hold for the new one.',
  Namespace: 'Everything in it is deleted with it.',
};

export const replace: Classify = function* (change) {
  const { before, after, status, hashed } = change;
  const { object } = subjectOf(change);
  if (before && after && status === 'renamed' && !hashed && !(hookOf(before.object) && hookOf(object)))
    yield {
      level: 'high',
      path: [],
      before: fullName(before, after),
      after: fullName(after, before),
      says: `${fullName(before, after)} becomes ${fullName(after, before)}: a delete and a create`,
      why: gaps[object.kind] ?? 'The cluster knows no rename: what refers to the old one finds nothing.',
      fix: 'keep the old one until nothing refers to it, or merge when the gap does no harm',
      covers: [['kind'], ['apiVersion'], ['metadata', 'name'], ['metadata', 'namespace']],
    };
  if (!before || !after || status !== 'changed') return;
  const [was, is] = [optionsOf(before), optionsOf(after)];
  for (const option of ['Replace=true', 'Force=true'])
    if (is.has(option) && !was.has(option))
      yield {
        ...riskWords['replace-option'],
        path: optionsPath(object.kind),
        before: [...was].join(',') || undefined,
        after: [...is].join(','),
        says: `${option} is added: from now on a sync replaces instead of patching`,
      };
};

function fullName({ object }: Manifest, other: Manifest): string {
  const parts = [];
  const [group, there] = [groupOf(object.apiVersion), groupOf(other.object.apiVersion)];
  if (object.kind !== other.object.kind || group !== there)
    parts.push(group === there || !group ? object.kind : `${object.kind}.${group}`);
  if (object.metadata.namespace !== other.object.metadata.namespace) parts.push(object.metadata.namespace ?? '');
  return [...parts, object.metadata.name].join('/');
}

function optionsOf({ object }: Manifest): ReadonlySet<string> {
  if (object.kind !== 'Application') return syncOptions(object);
  return new Set([...syncOptions(object), ...(object.spec?.syncPolicy?.syncOptions ?? [])]);
}

function optionsPath(kind: string): readonly string[] {
  if (kind === 'Application') return ['spec', 'syncPolicy', 'syncOptions'];
  return ['metadata', 'annotations', 'argocd.argoproj.io/sync-options'];
}
