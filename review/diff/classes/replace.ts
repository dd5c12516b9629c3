import { groupOf } from '../../model/identity';
import { hookOf, optionsKey, syncOptions } from '../../model/sync-options';
import type { Manifest } from '../../model/tree';
import { type Classify, subjectOf } from '../finding';
import losses from './losses.json';
import { risk } from './risk-words';

/** What is missing, or gone, while one is deleted and the other created. */
const gaps: Readonly<Record<string, string>> = losses.gaps;

export const replace: Classify = function* (change) {
  const { before, after, status, hashed } = change;
  const { object } = subjectOf(change);
  if (before && after && status === 'renamed' && !hashed && !(hookOf(before.object) && hookOf(object)))
    yield risk('renamed', [], {
      ...{ before: fullName(before, after), after: fullName(after, before) },
      gap: gaps[object.kind] ?? 'The cluster knows no rename: what refers to the old one finds nothing.',
      covers: [['kind'], ['apiVersion'], ['metadata', 'name'], ['metadata', 'namespace']],
    });
  if (!before || !after || status !== 'changed') return;
  const [was, is] = [optionsOf(before), optionsOf(after)];
  for (const option of ['Replace=true', 'Force=true'])
    if (is.has(option) && !was.has(option)) {
      const values = { option, before: [...was].join(',') || undefined, after: [...is].join(',') };
      yield risk('replace-option', optionsPath(object.kind), values);
    }
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
  return ['metadata', 'annotations', optionsKey];
}
