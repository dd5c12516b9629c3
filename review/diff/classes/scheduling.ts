import { canonical } from '../../model/canonical';
import type { PodSpec } from '../../model/kinds';
import type { Level } from '../../rule';
import { type Classify, subjectOf } from '../finding';
import { templateIn } from '../pods';
import { risk } from './risk-words';
import table from './scheduling.json';

type Field = keyof typeof table;
const told = table as Readonly<Record<Field, { level: Level; says: string; fix: string }>>;

export const otherScheduling: Classify = function* (change) {
  const [was, is] = [templateIn(change.before), templateIn(change.after)];
  if (was && is)
    for (const field of Object.keys(told) as (Field & keyof PodSpec)[]) {
      const { level, says, fix } = told[field];
      const inside = change.changes.filter(
        ({ path }) => path[is.path.length] === 'spec' && path[is.path.length + 1] === field,
      );
      if (inside.length === 0) continue;
      const arch = canonical([was.spec[field], is.spec[field]]).includes('kubernetes.io/arch');
      const values = { before: was.spec[field], after: is.spec[field] };
      const path = [...is.path, 'spec', field];
      yield arch
        ? risk('other-architecture', path, values)
        : risk('other-nodes', path, { ...values, level, says, do: fix });
    }
  const { kind } = subjectOf(change).object;
  if (kind !== 'PriorityClass') return;
  for (const { path, before, after } of change.changes)
    if (path[0] === 'value' || path[0] === 'globalDefault')
      yield risk('other-priority', path, { where: Number(after) < Number(before) ? 'lower' : 'higher' });
};
