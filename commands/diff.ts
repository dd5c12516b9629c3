import { dirname } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import type { JudgeSides } from '../review/diff/judging';
import type { Promotion } from '../review/diff/promotion';
import type { DiffReport } from '../review/diff/report';
import type { Comparison } from '../review/diff/sides';
import { shown } from '../review/report/escape';
import { type Class, classes } from '../review/report/finding';
import { type Acknowledgement, type Level, levels } from '../review/rule';
import { promotedOf } from '../systems/system';
import { command, fail } from './command';
import { type Destination, outputOption, writeResult } from './destination';
import { gitName, patiently } from './git';
import { committedSettings, textsBeside } from './settings';
import { chosen } from './system';
import { colorOption, type Shown, terminalOf } from './terminal';

const root = dirname(__dirname);
const formats = ['text', 'json', 'markdown', 'github', 'html'] as const;
type Format = (typeof formats)[number];

interface Options extends Shown {
  readonly base?: string;
  readonly output: readonly Destination<Format>[];
  readonly failOn: Level | 'none';
  readonly failOnClass: readonly Class[];
  readonly exitCode?: boolean;
  readonly plan: readonly string[];
  /** Seconds; `true`: as long as is usual. */
  readonly addOns?: number | true;
  /** False: the charts are not made anew. */
  readonly remake: boolean;
}

command('diff')
  .description(
    'Says what merging will do to each environment and, once it is applied, to AWS: dist/, argocd/ and the stacks of Terraform where this branch left the base, against the work tree with all that is not committed.',
  )
  .addOption(
    new Option(
      '--base <ref>',
      'the branch that this one will be merged into (default: origin/main, else main)',
    ).argParser(gitName),
  )
  .addOption(outputOption(formats))
  .addOption(
    new Option('--fail-on <level>', 'fail on findings of this level and above')
      .choices(['none', ...levels])
      .default('none'),
  )
  .addOption(
    new Option('--fail-on-class <classes>', `fail on these, separated by commas: ${classes.join(', ')}`)
      .argParser(classNames)
      .default([], 'none'),
  )
  .option(
    '--plan <file>',
    'a saved plan, as terraform show -json prints it; it is judged instead of its stack. May be given more than once',
    (file: string, files: readonly string[]) => [...files, file],
    [],
  )
  .option(
    '--no-remake',
    'do not make the charts anew for a report that others read; it then says that stale, stray-file and repeatable were not asked',
  )
  .option(
    '--add-ons [seconds]',
    'render the charts of changed add-ons at both sides, and review what they make; needs helm, and asks the repositories that the Applications name. So long a call of Helm may take (default: 30)',
    wait,
  )
  .option('--exit-code', 'fail on any difference that has an effect in the cluster')
  .addOption(colorOption())
  .option('-q, --quiet', 'risks and the verdict only')
  .option('-v, --verbose', 'also the line and the id of each finding, as .changes/ack.yaml names it')
  .addHelpText(
    'after',
    `
Examples:
  npm run diff                                            before a push
  npm run diff -- --base HEAD                             what is not committed
  npm run diff -- --fail-on-class data-loss,immutable     as a gate
  npm run diff -- --output markdown=comment.md --output json=diff.json
  npm run diff -- --plan plan.json                        what Terraform itself plans, as well
  npm run diff -- --add-ons                               what another chart or other values make, as well
  npm run diff -- --output html=diff.html                 pictures, for a browser

To accept a finding, write it into .changes/ack.yaml; then it fails nothing:
  - id: data-loss:production/PersistentVolumeClaim/uploads
    reason: moved to S3, copied on 2026-11-18
    until: 2026-12-01

Exit codes: 0 compared, whatever differs; 1 by --fail-on, --fail-on-class or --exit-code; 2 wrong arguments, or no base`,
  )
  .action((options: Options) => run(options).catch(fail))
  .parseAsync();

async function run(options: Options): Promise<void> {
  const compared = import('./revisions').then(({ revisions }) => revisions(root, options.base));
  // Git answers while the rest is loaded; what it says is asked for below.
  compared.catch(() => undefined);
  const [{ review }, { schemasOf }, { cluster }, { acknowledgedIn }] = await Promise.all([
    import('../review/diff/review'),
    import('../review/check/subject'),
    chosen().basis(),
    import('../review/model/acknowledgements'),
  ]);
  const { base, head, others, settings, ...found } = await patiently('asking git what differs', compared);
  const planned = options.plan.length > 0 ? (await import('./plans')).withPlans(root, found, options.plan) : found;
  const charts = options.addOns
    ? await patiently(
        'rendering the charts of add-ons',
        (await import('./add-ons')).withAddOns(planned, {
          kubernetes: cluster.kubernetes,
          schemas: schemasOf(root),
          ...(options.addOns !== true && { limit: options.addOns * 1000 }),
        }),
      )
    : undefined;
  const comparison = charts?.comparison ?? planned;
  const today = new Date().toISOString().slice(0, 10);
  const acknowledged = acknowledgedIn(root, today);
  // Git answers while the settings are read.
  const asked = Promise.all([promotionsIn(others, base.commit), frozenOf(base.ref, comparison.changed)]);
  asked.catch(() => undefined);
  const reckoned =
    settings || comparison.changed.size > 0
      ? await judged(settings ? base.commit : undefined, { acknowledged, today })
      : { notes: [] };
  const remade =
    options.remake && options.output.some(({ format }) => format !== 'text')
      ? await madeOf({ acknowledged, today }).catch((error: Error & { problems?: readonly string[] }) => {
          const [why] = error.problems ?? [error.message];
          reckoned.notes.push(`the charts make nothing (${why}); npm run synth says all of it`);
          return undefined;
        })
      : undefined;
  const [promotions, frozen] = await asked;
  const told = review({
    base,
    head,
    others,
    comparison,
    settingsDiffer: settings,
    charts: charts?.outcomes,
    notes: [...(charts?.notes ?? []), ...reckoned.notes],
    frozen,
    remade,
    kubernetes: cluster.kubernetes,
    schemas: schemasOf(root),
    acknowledged,
    today,
    promotions,
    files: `${cluster.delivery.repository.replace(/\.git$/, '')}/blob`,
    judge: reckoned.judge,
    lines: options.verbose === true || options.output.some(({ format }) => format !== 'text'),
  });
  const result = shown(told);
  for (const { format, file } of options.output)
    writeResult(
      format === 'html'
        ? await page(result, comparison, settings ? base.commit : undefined)
        : await render(format, result, options, file),
      file,
    );
  process.exitCode = fails(result, options) ? 1 : 0;
}

/** What git knows of the images among the changed files. */
async function promotionsIn(others: readonly string[], base: string): Promise<Promotion[]> {
  if (!others.some((file) => file.startsWith(`${promotedOf(chosen())}/images/`))) return [];
  const [{ promotionsOf }, { environments, application }] = await Promise.all([
    import('./promotions'),
    chosen().basis(),
  ]);
  const names = environments.map(({ name }) => name);
  return promotionsOf(root, others, base, names, application);
}

/** The freezes of environments that this changes. */
async function frozenOf(ref: string, changed: Comparison['changed']): Promise<Map<string, string>> {
  const [settings, { frozenBy }] = await Promise.all([chosen().basis(), import('./freezes')]);
  const files = [...changed.keys()];
  return frozenBy(
    ref,
    settings.environments.map(({ name }) => name),
    (name) => files.some((file) => file.startsWith(`${chosen().folder}dist/${name}/`)),
  );
}

/** What the charts make otherwise than the files; for a report that others read, as a person's own diff need not wait for it. */
async function madeOf(known: { readonly acknowledged: readonly Acknowledgement[]; readonly today: string }) {
  const [{ remade }, { madeTwice }, { chartFolders }, settings] = await Promise.all([
    import('../review/diff/judging'),
    import('../charts/twice'),
    chosen().charts?.() ?? { chartFolders: () => [] },
    committedSettings(root),
  ]);
  const { made, again } = await madeTwice(() => chartFolders(settings));
  return remade(root, settings, { ...known, texts: textsBeside(root).texts, made: [made, again] });
}

/** @param commit whose settings the state before is judged by; absent when they are today's */
async function judged(
  commit: string | undefined,
  known: { readonly acknowledged: readonly Acknowledgement[]; readonly today: string },
): Promise<{ notes: string[]; judge?: JudgeSides }> {
  const [{ judging }, after] = await Promise.all([import('../review/diff/judging'), committedSettings(root)]);
  const notes: string[] = [];
  const old = commit === undefined ? after : await settingsBefore(commit).catch(tell);
  return { notes, judge: judging({ root, before: old ?? after, after, ...known }) };

  function tell(error: Error): undefined {
    const [why] = error.message.split('\n');
    notes.push(
      `the settings at ${commit?.slice(0, 7)} cannot be read with what is installed now (${why}); both states are reckoned with the new ones, so a node group’s or a database’s own change is not in the difference`,
    );
  }
}

/** @param commit as in `judged` */
async function page(result: DiffReport, comparison: Comparison, commit: string | undefined): Promise<string> {
  const [{ diffPage }, { sidesOf }, settings] = await Promise.all([
    import('../review/page/diff-page'),
    import('../review/diff/sides'),
    committedSettings(root),
  ]);
  // Where those of then cannot be read, `judged` has told it.
  const old = commit === undefined ? settings : await settingsBefore(commit).catch(() => settings);
  const { before, after } = sidesOf(comparison);
  return diffPage(result, {
    before: { tree: before.tree(), settings: old },
    after: { tree: after.tree(), settings },
  });
}

/** @throws Error also when they have another form than today's, so that nothing of today's can reckon with them */
async function settingsBefore(commit: string) {
  const [{ settingsAt }, { checkSettings }] = await Promise.all([
    import('./settings-before'),
    import('../charts/settings'),
  ]);
  const old = await patiently('reading the settings of then', settingsAt(root, commit));
  if (!('sites' in old)) return old;
  const environments = old.sites.map(({ environment }) => environment);
  const now = checkSettings({ cluster: old.cluster, environments });
  if (!now.cluster || now.environments.length < environments.length) throw new Error(now.problems[0]);
  return old;
}

async function render(
  format: Exclude<Format, 'html'>,
  result: DiffReport,
  options: Options,
  file?: string,
): Promise<string> {
  switch (format) {
    case 'json':
      return (await import('../review/report/json')).json(result);
    case 'markdown':
      return (await import('../review/diff/render/markdown')).markdown(result);
    case 'github':
      return (await import('../review/diff/render/github')).github(result);
    default:
      return (await import('../review/diff/render/text')).text(result, terminalOf(options, file));
  }
}

function fails({ findings, summary }: DiffReport, { failOn, failOnClass, exitCode }: Options): boolean {
  const grave = (level: Level) => failOn !== 'none' && levels.indexOf(level) >= levels.indexOf(failOn);
  const differs = Object.values(summary.objects).some((count) => count > 0);
  return (
    findings.some((each) => grave(each.level) || failOnClass.includes(each.class)) ||
    (exitCode === true && differs)
  );
}

function wait(value: string): number {
  if (!/^[1-9]\d{0,2}$/.test(value)) throw new InvalidArgumentError('it is whole seconds, from 1 to 999.');
  return Number(value);
}

function classNames(value: string): readonly Class[] {
  return value.split(',').map((name) => {
    const found = classes.find((each) => each === name.trim());
    if (!found) throw new InvalidArgumentError(`${JSON.stringify(name)} is none of ${classes.join(', ')}.`);
    return found;
  });
}
