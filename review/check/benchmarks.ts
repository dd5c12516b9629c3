import { coversOf } from '../model/public-checks';
import type { Benchmark } from '../report/report';
import type { Rule } from '../rule';

/** Which checks of a benchmark manifests can decide, as kubescape has them. */
const benchmarks = [
  {
    name: 'NSA/CISA',
    prefix: 'NSA',
    checkable:
      'C-0002 C-0012 C-0013 C-0016 C-0017 C-0030 C-0034 C-0035 C-0038 C-0041 C-0044 C-0046 C-0054 C-0055 C-0057 C-0059 C-0068 C-0270 C-0271 C-0292',
    elsewhere: 6,
  },
  {
    name: 'CIS EKS 1.8.0',
    prefix: 'CIS-EKS',
    checkable:
      '4.1.2 4.1.3 4.1.4 4.1.5 4.1.6 4.1.8 4.1.9 4.1.10 4.1.11 4.1.12 4.2.1 4.2.2 4.2.3 4.2.4 4.2.5 4.3.2 4.4.1 5.1.1 5.1.4',
    elsewhere: 30,
  },
];

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
