import { allowancesOf } from '../model/allowances';
import { offencesOf, type Rule } from '../rule';
import { rule } from '../rule-of';

/** @param rules those that can be allowed to be broken */
export function allowances(rules: readonly Rule[]): readonly Rule[] {
  return [
    rule('allowance-reason', function* ({ tree }) {
      for (const { manifest, key, rule, reason } of allowancesOf(tree))
        if (!/\w\s+\w/.test(reason))
          yield {
            manifest,
            path: at(key),
            message: `${JSON.stringify(reason)} is not a reason to break ${rule}`,
          };
    }),
    rule('allowance-expired', function* ({ tree, around }) {
      for (const { manifest, key, until } of allowancesOf(tree))
        if (until !== undefined && around && until < around.today)
          yield { manifest, path: at(key), message: `was allowed until ${until}` };
    }),
    rule('allowance-unused', function* (subject) {
      for (const { manifest, key, rule: id } of allowancesOf(subject.tree)) {
        const rule = rules.find((each) => each.id === id);
        if (!rule) yield { manifest, path: at(key), message: `${id} is not a rule` };
        else if (rule.about)
          yield {
            manifest,
            path: at(key),
            message: `${id} has no exception of one object; see docs/rules/${id}.md`,
          };
        else if (!offencesOf(rule, subject).some((each) => 'manifest' in each && each.manifest === manifest))
          yield { manifest, path: at(key), message: `${id} holds here without it` };
      }
    }),
  ];
}

function at(key: string): readonly string[] {
  return ['metadata', 'annotations', key];
}
