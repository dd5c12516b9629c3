import { coversOf, publicChecks } from '../review/model/public-checks';
import { sentence } from '../review/report/escape';
import { exceptionTo, type Rule } from '../review/rule';

/** The page of a rule, `docs/rules/<id>.md`. */
export function page(rule: Rule, file: string): string {
  const { id, level, title, why, fix } = rule;
  const covers = coversOf(id);
  return `${[
    `# ${id}`,
    title,
    `**Level**: ${level}`,
    `**What happens otherwise.** ${why}`,
    `**What to do.** ${fix}`,
    `**Exception.** ${exceptionTo(rule)}`,
    `**Written in** [${file}](../../${file})`,
    ...(covers.length > 0 ? [`**The same elsewhere**: ${covers.map((each) => `\`${each}\``).join(', ')}`] : []),
  ].join('\n\n')}\n`;
}

/** `docs/rules/README.md`: all of them, in their order. */
export function contents(rules: readonly Rule[]): string {
  const rows = rules.map(({ id, level, title }) => `| [${id}](${id}.md) | ${level} | ${sentence(title)} |`);
  return `# Rules\n\nWhat \`npm run check\` asks of every object, written by \`npm run rules\` from \`review/rules/\`; \`npm run check -- --explain <rule>\` says the same at a terminal. \`critical\` is refused by an API server or cannot work, \`high\` is unsafe or will fail one day; both fail the check. \`warn\` and \`info\` are said and nothing more. What some public tools hold and we do not, and why: [disagreements](../decisions/0018-check-decides-once.md).\n\n| Rule | Level | It holds when |\n| --- | --- | --- |\n${rows.join('\n')}\n\n${coverageTables()}`;
}

const names: Readonly<Record<string, string>> = {
  PSS: 'Pod Security Standards',
  NSA: 'NSA/CISA hardening (Kubescape `nsa`)',
  'CIS-EKS': 'CIS EKS 1.8.0',
  DevOps: 'Kubescape `devopsbest`',
};

/** For docs/rules/README.md: how much of each list the rules hold, and why not the rest. */
function coverageTables(): string {
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
