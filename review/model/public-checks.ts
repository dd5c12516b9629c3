import { gathered } from './collections';
import table from './public-checks.json';

/** By tool and check: the rules that hold it, or why none does. Only what manifests alone can decide. */
export const publicChecks: Readonly<Record<string, Readonly<Record<string, readonly string[] | string>>>> =
  table.checks;

const held = gathered([
  ...Object.entries(publicChecks).flatMap(([tool, checks]) =>
    Object.entries(checks).flatMap(([check, rules]) => by(rules, `${tool}:${check}`)),
  ),
  ...Object.entries(table.elsewhere).flatMap(([id, rules]) => by(rules, id)),
]);

function by(rules: readonly string[] | string, id: string): (readonly [string, string])[] {
  return typeof rules === 'string' ? [] : rules.map((rule) => [rule, id] as const);
}

/** Ids of the checks of other tools and benchmarks that a rule covers: `kube-score:pod-probes`, `NSA:C-0013`. */
export function coversOf(rule: string): readonly string[] {
  return held.get(rule) ?? [];
}
