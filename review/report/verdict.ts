import { levels } from '../rule';
import type { CheckReport } from './report';

/** One line: what there is, and what is wrong with it. */
export function verdict({ objects, rules, counts, failOn, passed, base }: CheckReport): string {
  const found = [...levels].reverse().flatMap((level) => (counts[level] > 0 ? [`${counts[level]} ${level}`] : []));
  const what = found.length > 0 ? found.join(', ') : 'nothing to mend';
  const since = base
    ? ` (${counts.new} new since ${base.commit.slice(0, 7)}, ${counts.fixed} fixed, ${counts.known} known)`
    : '';
  const allowed = counts.allowed > 0 ? `, ${counts.allowed} allowed` : '';
  const gate = passed ? '' : `; fails on ${failOn} and above`;
  return `${objects} objects, ${rules} rules: ${what}${allowed}${since}${gate}`;
}
