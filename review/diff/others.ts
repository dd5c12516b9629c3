import { gathered } from '../model/collections';
import { type Finding, few, titles } from '../report/finding';

/** Files that merge with the manifests and are none: what is said of them, the first pattern that fits. */
const kinds: readonly (readonly [pattern: RegExp, says: string, judged?: 'judged'])[] = [
  // An image is told as the objects that run it.
  [/^charts\/environments\/images\//, '', 'judged'],
  [/^(dist|argocd)\//, 'is not a manifest, and not compared'],
  [/^charts\/environments\//, 'settings; what they make is compared', 'judged'],
  [/^(charts|imports|terraform-bridge)\//, 'source; what it makes is compared', 'judged'],
  [
    /^(\.github|\.ci|commands|review)\/|^Jenkinsfile|CODEOWNERS$/,
    'it judges or runs what is merged, and is not judged itself',
  ],
  [/(^|\/)package(-lock)?\.json$/, 'other packages run at the next npm ci, and are not judged here'],
  [/^test\//, 'tests', 'judged'],
  [/^docs\/|\.md$/, 'text for people', 'judged'],
];

/** One line for each kind of changed file, with the names where they are few; a finding for each that nobody judges. */
export function otherFiles(files: readonly string[]): { findings: Finding[]; notes: string[] } {
  const told = files.map((file) => {
    const [, says, judged] = kinds.find(([pattern]) => pattern.test(file)) ?? [/./, 'nothing here judges it'];
    return { file, says, judged };
  });
  const findings = told.flatMap(({ file, says, judged }): Finding[] => {
    if (judged) return [];
    return [
      {
        id: `unjudged:${file}`,
        class: 'unjudged',
        level: 'warn',
        title: titles.unjudged,
        environments: [],
        path: '',
        says: `changed: ${says}`,
        why: 'What a review does not look at, it must not call good.',
        fix: 'read the change',
        instances: [{ id: `unjudged:${file}`, environment: '', source: { file, chart: '' } }],
      },
    ];
  });
  const groups = gathered(
    told.flatMap(({ file, says, judged }) => (judged && says ? [[says, file] as const] : [])),
  );
  const notes = [...groups].map(([says, names]) => `${few(names)}: changed; ${says}`);
  return { findings, notes };
}
