import { dirname } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { shown } from '../review/report/escape';
import { type Question, questions, type VerifyReport } from '../review/verify/finding';
import { command, fail, timeoutOption } from './command';
import { type Destination, outputOption, writeResult } from './destination';
import { committedSettings, deliveredTexts } from './settings';
import { chosen } from './system';
import { colorOption, type Shown, terminalOf } from './terminal';

const root = dirname(__dirname);
const formats = ['text', 'json', 'markdown', 'github'] as const;
type Format = (typeof formats)[number];

interface Options extends Pick<Shown, 'color'> {
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly output: readonly Destination<Format>[];
  readonly only: readonly Question[];
  /** Milliseconds. */
  readonly timeout: number;
  readonly parallel: number;
  readonly access?: boolean;
  readonly quiet?: boolean;
}

/** Milliseconds in which one answer has to come: a server that is slower would not be asked again in time. */
const each = 10_000;

command('verify')
  .description(
    'Asks a live cluster whether it takes an environment of dist/ as it is committed, whether the two differ, whether it is healthy, and whether versions, nodes and connections are those of the settings. It changes nothing: it tries objects by server-side dry run.',
  )
  .argument('[environment]', 'cluster, production or staging')
  .option('--context <name>', 'a context of the kubeconfig (default: the current one)')
  .option('--kubeconfig <file>', 'default: KUBECONFIG, else ~/.kube/config')
  .addOption(outputOption(formats))
  .addOption(
    new Option('--only <questions>', `of ${questions.join(',')}`)
      .argParser(asked)
      .default(questions, 'all of them'),
  )
  .addOption(timeoutOption('time for all questions, and then for judging the answers', '60s'))
  .addOption(new Option('--parallel <number>', 'questions at a time').argParser(count).default(8))
  .option('--access', 'print the smallest rights it needs, as a manifest, and ask nothing')
  .addOption(colorOption())
  .option('-q, --quiet', 'no progress')
  .addHelpText(
    'after',
    `
Examples:
  npm run verify -- production                                    before or after a merge
  npm run verify -- staging --context staging --only drift   what was changed by hand
  npm run verify -- cluster --output text --output markdown=verify.md
  npm run verify -- --access > docs/verify/access.yaml            after a chart with a new kind

Exit codes: 0 everything is as it should be, 1 a mismatch, 2 wrong usage or settings, no connection, or a question was not
answered. The rights it needs are in docs/verify/access.yaml.`,
  )
  .action((environment: string | undefined, options: Options) => run(environment, options).catch(fail))
  .parseAsync();

async function run(environment: string | undefined, options: Options): Promise<void> {
  const { parseTree } = await import('../review/model/tree');
  const tree = parseTree(deliveredTexts(root));
  if (options.access) {
    const [{ accessOf, definitionsOf }, { cluster }] = await Promise.all([
      import('./verify-access'),
      chosen().basis(),
    ]);
    process.stdout.write(accessOf(tree, definitionsOf(root, tree), cluster.system));
    return;
  }
  if (environment === undefined) throw new Error('name an environment: npm run verify -- production');
  // A system of Terraform alone says that it is one.
  if (!chosen().charts) await chosen().basis();
  const { scopeOf } = await import('../review/verify/scope');
  scopeOf(tree, environment);
  const [{ connect }, { ApiServerClient }, { verify }, { Progress }, { definitionsOf }, settings] =
    await Promise.all([
      import('./connection'),
      import('./api-server'),
      import('../review/verify/verify'),
      import('./progress'),
      import('./verify-access'),
      committedSettings(root),
    ]);
  const { kubeconfig, context, timeout, parallel, only, quiet } = options;
  const imports = definitionsOf(root, tree);
  const progress = new Progress(process.stderr);
  const connection = await connect({
    kubeconfig,
    context,
    patience: Math.min(timeout, 30_000),
    cluster: settings.cluster,
  });
  const server = new ApiServerClient(connection, { parallel, each: Math.min(each, timeout), total: timeout });
  try {
    const say = quiet ? () => undefined : progress.say;
    const asked = {
      root,
      tree,
      settings,
      imports,
      environment,
      only,
      now: Date.now(),
      within: timeout / 1000,
      say,
    };
    const found = shown(await verify(server, asked));
    progress.end();
    for (const { format, file } of options.output) writeResult(await render(format, found, options, file), file);
    process.exitCode = found.counts.mismatch > 0 ? 1 : found.passed ? 0 : 2;
  } finally {
    progress.end();
    server.close();
  }
}

async function render(format: Format, found: VerifyReport, { color }: Options, file?: string): Promise<string> {
  switch (format) {
    case 'json':
      return (await import('../review/report/json')).json(found);
    case 'markdown':
      return (await import('../review/verify/report/markdown')).markdown(found);
    case 'github':
      return (await import('../review/verify/report/github')).github(found);
    default:
      return (await import('../review/verify/report/text')).text(found, terminalOf({ color }, file));
  }
}

function asked(value: string): readonly Question[] {
  const list = value.split(',').map((each) => each.trim());
  const wrong = list.filter((each) => !(questions as readonly string[]).includes(each));
  if (wrong.length > 0) throw new InvalidArgumentError(`${wrong.join(', ')} is none of ${questions.join(', ')}.`);
  return list as Question[];
}

function count(value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number > 0 && number <= 64) return number;
  throw new InvalidArgumentError('Write a whole number from 1 to 64.');
}
