import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import program from '../charts/program.json';
import { shown } from '../review/report/escape';
import { command, fail } from './command';
import { type Destination, outputOption, writeResult } from './destination';
import { chosen } from './system';
import { colorOption, type Shown, terminalOf } from './terminal';

const formats = ['text', 'json'] as const;
type Format = (typeof formats)[number];

interface Options extends Shown {
  readonly output: readonly Destination<Format>[];
  readonly kubeconfig?: string;
  readonly live: boolean;
}

command('status')
  .description(
    'Says what runs where, since when and by whom, and what is pending: from git, and from the cluster where it answers.',
  )
  .argument('[environment]', 'for example production, or preview-128; all when absent')
  .addOption(outputOption(formats))
  .option('--kubeconfig <file>', 'the cluster to ask (default: the one that kubectl would ask)')
  .option('--no-live', 'ask no cluster')
  .addOption(colorOption())
  .addHelpText(
    'after',
    `\nExamples:\n  ${program.command} status                what runs everywhere\n  ${program.command} status production     one environment\n\nExit codes: 0 said, also when no cluster answers; 2 wrong arguments`,
  )
  .action((environment: string | undefined, options: Options) => run(environment, options).catch(fail))
  .parseAsync();

async function run(environment: string | undefined, options: Options): Promise<void> {
  const [settings, { previewPrefix }, { deployedAt }, { statusText }] = await Promise.all([
    chosen().basis(),
    import('../charts/environments/previews'),
    import('./deployed'),
    import('./status-text'),
  ]);
  const names = settings.environments.map(({ name }) => name);
  const nameOf = (number: string) => `${previewPrefix}${number}`;
  const asked = names.filter((name) => environment === undefined || name === environment);
  const deployed = await deployedAt(asked, names, settings.cluster.delivery.branch);
  const previews = deployed.previews.filter(({ number }) => [undefined, nameOf(number)].includes(environment));
  if (asked.length + previews.length === 0)
    throw new Error(
      `${JSON.stringify(environment)} is not an environment of ${chosen().name}; use ${[...names, ...deployed.previews.map(({ number }) => nameOf(number))].join(' or ')}`,
    );
  const live = await askCluster([...asked, ...previews.map(({ number }) => nameOf(number))], options);
  const status = shown({ ...deployed, previews, live });
  for (const { format, file } of options.output)
    writeResult(
      format === 'json'
        ? `${JSON.stringify(status, undefined, 2)}\n`
        : statusText(status, terminalOf(options, file)),
      file,
    );
}

async function askCluster(environments: readonly string[], { kubeconfig, live }: Options) {
  if (!live) return { asked: false as const, why: 'as --no-live says' };
  const found = kubeconfig ?? process.env.KUBECONFIG ?? join(homedir(), '.kube', 'config');
  if (!existsSync(found.split(':')[0] ?? '')) {
    if (kubeconfig !== undefined) throw new Error(`--kubeconfig ${kubeconfig}: the file does not exist`);
    return { asked: false as const, why: 'no kubeconfig was found' };
  }
  const { liveStatus } = await import('./live-status');
  return liveStatus(environments, kubeconfig);
}
