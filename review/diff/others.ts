import { gathered } from '../model/collections';
import { type Class, type Finding, few, titles } from '../report/finding';

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

/** @param frozen what is said of each environment that changes during a freeze */
export function frozenFindings(frozen: ReadonlyMap<string, string> = new Map()): Finding[] {
  return [...frozen].map(([environment, said]) =>
    finding('frozen', environment, {
      file: `charts/environments/freezes/${environment}.txt`,
      says: `${said}; merging this changes it all the same`,
      why: 'Somebody asked that nothing changes there for these days; a merge is deployed at once.',
      fix: `merge after the freeze, or ask who froze it; ./eren freeze ${environment} --end --push ends it`,
      environment,
    }),
  );
}

type Words = Pick<Finding, 'says' | 'why' | 'fix'> & { readonly file: string; readonly environment?: string };

/** What concerns no object. */
function finding(of: Class, key: string, { file, environment = '', ...words }: Words): Finding {
  return {
    id: `${of}:${key}`,
    class: of,
    level: 'warn',
    title: titles[of],
    environments: environment ? [environment] : [],
    path: '',
    ...words,
    instances: [{ id: `${of}:${key}`, environment, source: { file, chart: '' } }],
  };
}

/** One line for each kind of changed file, with the names where they are few; a finding for each that nobody judges. */
export function otherFiles(files: readonly string[]): { findings: Finding[]; notes: string[] } {
  const told = files.map((file) => {
    const [, says, judged] = kinds.find(([pattern]) => pattern.test(file)) ?? [/./, 'nothing here judges it'];
    return { file, says, judged };
  });
  const findings = told.flatMap(({ file, says, judged }): Finding[] => {
    if (judged) return [];
    const why = 'What a review does not look at, it must not call good.';
    return [finding('unjudged', file, { file, says: `changed: ${says}`, why, fix: 'read the change' })];
  });
  const groups = gathered(
    told.flatMap(({ file, says, judged }) => (judged && says ? [[says, file] as const] : [])),
  );
  const notes = [...groups].map(([says, names]) => `${few(names)}: changed; ${says}`);
  return { findings, notes };
}
