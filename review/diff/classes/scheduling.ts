import { canonical } from '../../model/canonical';
import type { PodSpec } from '../../model/kinds';
import type { Level } from '../../rule';
import { type Classify, subjectOf } from '../finding';
import { templateIn } from '../pods';
import { riskWords } from './risk-words';
import table from './scheduling.json';

type Field = keyof typeof table;
const told = table as Readonly<Record<Field, { level: Level; says: string; fix: string }>>;

export const scheduling: Classify = function* (change) {
  const [was, is] = [templateIn(change.before), templateIn(change.after)];
  if (was && is)
    for (const field of Object.keys(told) as (Field & keyof PodSpec)[]) {
      const { level, says, fix } = told[field];
      const inside = change.changes.filter(
        ({ path }) => path[is.path.length] === 'spec' && path[is.path.length + 1] === field,
      );
      if (inside.length === 0) continue;
      const arch = canonical([was.spec[field], is.spec[field]]).includes('kubernetes.io/arch');
      yield {
        level: arch ? 'warn' : level,
        path: [...is.path, 'spec', field],
        before: was.spec[field],
        after: is.spec[field],
        says: arch ? 'the pods go to nodes of another processor architecture' : says,
        why: arch
          ? 'An image that is not built for it ends with exec format error.'
          : 'A pod that fits no node waits, and a rollout with it.',
        fix: arch ? 'make sure that every image of the pod has a manifest for it' : fix,
      };
    }
  const { kind } = subjectOf(change).object;
  if (kind !== 'PriorityClass') return;
  for (const { path, before, after } of change.changes)
    if (path[0] === 'value' || path[0] === 'globalDefault')
      yield {
        ...riskWords['other-priority'],
        path,
        says: `the class stands ${Number(after) < Number(before) ? 'lower' : 'higher'} among the others`,
      };
};
