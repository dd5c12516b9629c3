import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { Option } from 'commander';
import { Tree } from '../review/model/tree';
import { shown } from '../review/report/escape';
import { type Level, levels, type Rule, type Subject } from '../review/rule';
import { type Base, findBase, readBlobs } from './base';
import { closest } from './closest.mjs';
import { command, fail } from './command';
import { type Destination, outputOption, writeResult } from './destination';
import { gitName } from './git';
import { committedSettings, textsBeside } from './settings';
import { chosen } from './system';
import { colorOption, type Shown, terminalOf } from './terminal';

const root = dirname(__dirname);
const formats = ['text', 'json', 'markdown', 'sarif', 'github', 'html'] as const;
type Format = (typeof formats)[number];

interface Options extends Shown {
  readonly output: readonly Destination<Format>[];
  readonly failOn: Level | 'none';
  readonly onlyNew?: boolean;
  readonly base?: string;
  readonly explain?: string;
}

command('check')
  .description(
    'Says, offline, whether dist/ and argocd/ are what the source makes, what an API server would refuse, which references lead nowhere, what is unsafe, and what does not fit.',
  )
  .addOption(outputOption(formats))
  .addOption(
    new Option('--fail-on <level>', 'fail on findings of this level and above')
      .choices(['none', ...levels])
      .default('high'),
  )
  .option('--only-new', 'fail only on findings that the merge-base does not have, and tell what was fixed')
  .addOption(
    new Option(
      '--base <ref>',
      'the branch that this one will be merged into (default: origin/main, else main)',
    ).argParser(gitName),
  )
  .option('--explain <rule>', 'explain one rule, and do nothing else')
  .addOption(colorOption())
  .option('-q, --quiet', 'findings and the verdict only')
  .option('-v, --verbose', 'also the tables of what fits, known findings, exceptions, and how benchmarks stand')
  .addHelpText(
    'after',
    `
Examples:
  npm run check                                               before a push
  npm run check -- --only-new                                 what this branch adds
  npm run check -- --explain canary-pause                     why a rule is there, and what to do
  npm run check -- --output github --output sarif=check.sarif in CI
  npm run check -- --output html=check.html                   pictures, for a browser

Exit codes: 0 passed, 1 a finding at or above --fail-on, 2 wrong arguments, settings or charts`,
  )
  .action((options: Options) => run(options).catch(fail))
  .parseAsync();

async function run(options: Options): Promise<void> {
  const { rules } = await import('../review/rules');
  if (options.explain !== undefined) return explain(options.explain, rules, options);
  // Where git has no answer, nothing is compared; that is only wrong when it was asked for.
  const needed = options.onlyNew === true || options.base !== undefined;
  const found = findBase(options.base).catch((error: Error) => {
    if (needed) throw error;
    return undefined;
  });
  // Git answers while synth runs; what it says is asked for below.
  found.catch(() => undefined);
  const { subject, texts } = await read(found);
  const { check } = await import('../review/check/check');
  const base = options.onlyNew ? await before(await found, subject, texts) : undefined;
  const textOf = (file: string) => texts.get(file) ?? '';
  const placed = options.output.some(
    ({ format }) => format !== 'github' && (format !== 'text' || options.verbose),
  );
  const result = shown(check({ subject, rules, failOn: options.failOn, textOf, placed, base }));
  for (const { format, file } of options.output)
    writeResult(await render(format, result, rules, options, subject, file), file);
  process.exitCode = result.passed ? 0 : 1;
}

/** The objects as they are committed, and how they come about. */
async function read(found: Promise<Base | undefined>) {
  const [settings, { madeTwice }, { chartFolders }, { subjectOf }, { parseTree }, { acknowledgedIn }] =
    await Promise.all([
      committedSettings(root),
      import('../charts/twice'),
      chosen().charts?.() ?? { chartFolders: () => [] },
      import('../review/check/subject'),
      import('../review/model/tree'),
      import('../review/model/acknowledgements'),
    ]);
  const { objects, made, again } = await madeTwice(() => chartFolders(settings), turn);
  const { texts, elsewhere } = textsBeside(root);
  // Nor is what was just printed parsed again.
  const tree = parseTree(new Map([...texts, ...elsewhere]), (file, text) =>
    made.get(file) === text ? objects.get(file) : undefined,
  );
  const base = await found;
  const today = new Date().toISOString().slice(0, 10);
  const around = {
    texts,
    made: [made, again] as const,
    ...(base && { before: [...base.blobs.keys()], frozen: await frozenSince(base, texts) }),
    acknowledged: acknowledgedIn(root, today),
    today,
  };
  return { subject: { ...subjectOf(root, tree, settings), around, elsewhere: new Set(elsewhere.keys()) }, texts };
}

/** Git has answered, and what is asked next can be asked: none of it happens while the charts are made. */
async function turn(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise(setImmediate);
}

/** The freezes of environments in which something differs from the merge-base. */
async function frozenSince(
  { ref, blobs }: Base,
  texts: ReadonlyMap<string, string>,
): Promise<Map<string, string>> {
  const [settings, { frozenBy }] = await Promise.all([chosen().basis(), import('./freezes')]);
  const blobOf = (text = '') =>
    createHash('sha1')
      .update(`blob ${Buffer.byteLength(text)}\0${text}`)
      .digest('hex');
  const files = [...new Set([...texts.keys(), ...blobs.keys()])];
  return frozenBy(
    ref,
    settings.environments.map(({ name }) => name),
    (name) =>
      files.some(
        (file) =>
          file.startsWith(`${chosen().folder}dist/${name}/`) && blobs.get(file) !== blobOf(texts.get(file)),
      ),
  );
}

/** The same at the merge-base, by today's rules and settings: those of then would need the source of then. */
async function before(base: Base | undefined, subject: Subject, texts: ReadonlyMap<string, string>) {
  if (!base)
    throw new Error('--only-new: there is neither origin/main nor main to compare with; name one with --base');
  const [{ parseTree }, { subjectOf }] = await Promise.all([
    import('../review/model/tree'),
    import('../review/check/subject'),
  ]);
  const files = [...base.blobs];
  const all = await readBlobs(files.map(([, blob]) => blob));
  const old = new Map(files.map(([file], i) => [file, all[i] as string]));
  // What did not change is not parsed, and its schema not judged, a second time.
  const changed = parseTree(new Map([...old].filter(([file, text]) => texts.get(file) !== text)));
  const same = subject.tree.manifests.filter(
    ({ file }) => subject.elsewhere?.has(file) || (old.has(file) && old.get(file) === texts.get(file)),
  );
  const manifests = [...same, ...changed.manifests].sort((a, b) => (a.file < b.file ? -1 : 1));
  return {
    ref: base.ref,
    commit: base.commit,
    subject: {
      ...subjectOf(root, new Tree(manifests, changed.unreadable), subject.settings),
      elsewhere: subject.elsewhere,
    },
    textOf: (file: string) => old.get(file) ?? '',
  };
}

async function explain(id: string, rules: readonly Rule[], options: Options): Promise<void> {
  const [{ explain }, { fileOf }] = await Promise.all([
    import('../review/report/text'),
    import('../review/rules'),
  ]);
  const rule = rules.find((each) => each.id === id);
  if (rule) process.stdout.write(explain(rule, fileOf(id), terminalOf(options)));
  else {
    const ids = rules.map((each) => each.id).sort();
    const near = closest(id, ids);
    throw new Error(
      `--explain ${id}: is not the id of a rule; ${near ? `did you mean ${near}? docs/rules/README.md lists all` : `there are ${ids.join(', ')}`}`,
    );
  }
}

async function render(
  format: Format,
  result: Parameters<typeof import('../review/report/text').text>[0],
  rules: readonly Rule[],
  options: Options,
  subject: Subject,
  file?: string,
): Promise<string> {
  switch (format) {
    case 'json':
      return (await import('../review/report/json')).json(result);
    case 'markdown':
      return (await import('../review/report/markdown')).markdown(result);
    case 'sarif':
      return (await import('../review/report/sarif')).sarif(result, rules);
    case 'github':
      return (await import('../review/report/github')).github(
        result.findings.filter(({ status }) => status !== 'known'),
        'check',
      );
    case 'html':
      return (await import('../review/page/check-page')).checkPage(result, subject);
    default:
      return (await import('../review/report/text')).text(result, terminalOf(options, file));
  }
}
