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

const names: Readonly<Record<string, string>> = {
  PSS: 'Pod Security Standards',
  NSA: 'NSA/CISA hardening (Kubescape `nsa`)',
  'CIS-EKS': 'CIS EKS 1.8.0',
  DevOps: 'Kubescape `devopsbest`',
};

/** For docs/rules/README.md: how much of each list the rules hold, and why not the rest. */
export function coverageTables(): string {
  const shares = Object.entries(publicChecks).map(([tool, checks]) => {
    const held = Object.values(checks).filter((each) => typeof each !== 'string');
    return `| ${names[tool] ?? tool} | ${held.length} of ${Object.keys(checks).length} |`;
  });
  const rest = Object.entries(publicChecks).flatMap(([tool, checks]) =>
    Object.entries(checks).flatMap(([id, why]) =>
      typeof why === 'string' ? [`| \`${tool}:${id}\` | ${why} |`] : [],
    ),
  );
  return [
    '## What public tools and benchmarks ask',
    '',
    'Only what manifests can decide; each page names the checks that its rule covers.',
    '',
    '| List | Held by a rule here |',
    '| --- | --- |',
    ...shares,
    '',
    '| Held otherwise | Because |',
    '| --- | --- |',
    ...rest,
    '',
  ].join('\n');
}
