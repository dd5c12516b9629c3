import { gathered } from '../model/collections';
import { coversOf } from '../model/public-checks';
import type { Benchmark } from '../report/report';
import type { Rule } from '../rule';
import benchmarks from './benchmarks.json';

/** @param failing ids of the rules that have findings */
export function standing(rules: readonly Rule[], failing: ReadonlySet<string>): Benchmark[] {
  const covering = gathered(rules.flatMap((rule) => coversOf(rule.id).map((check) => [check, rule] as const)));
  return benchmarks.map(({ name, prefix, checkable, elsewhere }) => {
    const ids = checkable.split(' ');
    const by = (id: string) => covering.get(`${prefix}:${id}`) ?? [];
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
