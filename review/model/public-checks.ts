import table from './public-checks.json';

/** By tool and check: the rules that hold it, or why none does. Only what manifests alone can decide. */
export const publicChecks: Readonly<Record<string, Readonly<Record<string, readonly string[] | string>>>> =
  table.checks;

const held = [
  ...Object.entries(publicChecks).flatMap(([tool, checks]) =>
    Object.entries(checks).map(([check, rules]) => [`${tool}:${check}`, rules] as const),
  ),
  ...Object.entries(table.elsewhere),
];

/** Ids of the checks of other tools and benchmarks that a rule covers: `kube-score:pod-probes`, `NSA:C-0013`. */
export function coversOf(rule: string): readonly string[] {
  return held.flatMap(([id, rules]) => (typeof rules !== 'string' && rules.includes(rule) ? [id] : []));
}
