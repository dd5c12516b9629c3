import program from '../../charts/program.json';
import { gathered } from '../model/collections';
import { type Class, type Finding, few, titles } from '../report/finding';
import table from './others.json';

/** Files that merge with the manifests and are none: what is said of them, the first pattern that fits. */
const kinds: readonly { readonly files: string; readonly says: string; readonly judged?: boolean }[] = table;

/** @param frozen what is said of each environment that changes during a freeze */
export function frozenFindings(frozen: ReadonlyMap<string, string> = new Map()): Finding[] {
  return [...frozen].map(([environment, said]) =>
    finding('frozen', environment, {
      file: `charts/environments/freezes/${environment}.txt`,
      says: `${said}; merging this changes it all the same`,
      why: 'Somebody asked that nothing changes there for these days; a merge is deployed at once.',
      fix: `merge after the freeze, or ask who froze it; ${program.command} freeze ${environment} --end --push ends it`,
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
    const found = kinds.find(({ files }) => new RegExp(files).test(file));
    return { file, says: found?.says ?? 'nothing here judges it', judged: found?.judged };
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
