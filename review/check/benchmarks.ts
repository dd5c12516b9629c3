import { coversOf } from '../model/public-checks';
import type { Benchmark } from '../report/report';
import type { Rule } from '../rule';
import benchmarks from './benchmarks.json';

/** @param failing ids of the rules that have findings */
export function standing(rules: readonly Rule[], failing: ReadonlySet<string>): Benchmark[] {
  return benchmarks.map(({ name, prefix, checkable, elsewhere }) => {
    const ids = checkable.split(' ');
    const by = (id: string) => rules.filter((rule) => coversOf(rule.id).includes(`${prefix}:${id}`));
    const covered = ids.filter((id) => by(id).length > 0);
    return {
      name,
      checkable: ids.length,
      covered: covered.length,
      passing: covered.filter((id) => by(id).every((rule) => !failing.has(rule.id))).length,
      elsewhere,
      missing: ids.filter((id) => !covered.includes(id)),
    };
  });
}
