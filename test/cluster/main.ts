import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Argument, Option } from 'commander';
import pc from 'picocolors';
import { command } from '../../commands/command';
import { root } from '../support/root';
import { type Minor, MissingError, minors, programs } from './programs';

/** What makes sense in a cluster that exists: nothing of its own is stopped, and no pod of it has to be simulated. */
const anywhere = ['access', 'admission', 'upgrade'];

interface Options {
  readonly kubernetes: Minor;
  readonly kubeconfig?: string;
  readonly build?: boolean;
}

command('test:cluster')
  .description(
    'Runs what is committed on a real control plane with simulated nodes, Argo CD and Argo Rollouts, started for it on this machine.',
  )
  .addArgument(new Argument('[scenario...]', 'only these; all when absent').choices(scenarios()))
  .addOption(
    new Option('--kubernetes <minor>', 'the minor version of the control plane')
      .choices(minors)
      .default(minors[0]),
  )
  .option(
    '--kubeconfig <file>',
    `run ${anywhere.join(', ')} against an empty cluster that exists (kind, k3d) instead`,
  )
  .option('--build', 'only build the programs')
  .addHelpText(
    'after',
    `\nThe programs are built once, with Go, into \${XDG_CACHE_HOME:-~/.cache}/e-ren/cluster; redis-server has to be installed.

Examples:
  npm run test:cluster                          everything, on the minor that production runs
  npm run test:cluster -- admission placement   two of the scenarios
  npm run test:cluster -- --kubernetes 1.36     before an upgrade of the cluster
  npm run test:cluster -- --kubeconfig ~/.kube/kind

Exit codes: 0 passed, 1 a test failed, 2 wrong usage, or something is missing on this machine`,
  )
  .action(async (only: string[], options: Options) => {
    try {
      process.exitCode = await run(only, options);
    } catch (error) {
      const { message } = error as Error;
      console.error(`${pc.red('error')} ${message}`);
      if (error instanceof MissingError) console.error('nothing was tested');
      process.exitCode = 2;
    }
  })
  .parseAsync();

async function run(only: readonly string[], { kubernetes, kubeconfig, build }: Options): Promise<number> {
  const file = kubeconfig && resolve(kubeconfig);
  if (file && !existsSync(file)) throw new Error(`--kubeconfig ${kubeconfig}: there is no such file`);
  const elsewhere = file ? only.filter((name) => !anywhere.includes(name)) : [];
  if (elsewhere.length > 0)
    throw new Error(
      `${elsewhere.join(', ')} cannot run in a cluster that exists; with --kubeconfig use ${anywhere.join(', ')}`,
    );
  const built = await programs(kubernetes, (line) => console.error(pc.dim(line)));
  if (build) return 0;
  const within = mkdtempSync(join(tmpdir(), 'e-ren-'));
  const names = only.length > 0 ? only : file ? anywhere : scenarios();
  try {
    return await jest(names, { programs: built, within, kubeconfig: file });
  } finally {
    await removed(within);
  }
}

/** One scenario after the other: each has a cluster of its own, and the times of a canary are real. */
function jest(names: readonly string[], given: object): Promise<number> {
  const args = [
    join(root, 'node_modules/jest/bin/jest.js'),
    `--config=${join(root, 'test/cluster/jest.config.mjs')}`,
    `--globals=${JSON.stringify({ given })}`,
    '--runInBand',
    // A cluster that was not stopped would keep it alive; its keeper stops it when the tests are gone.
    '--forceExit',
    '--runTestsByPath',
    ...names.map((name) => join(root, 'test/cluster', `${name}.scenario.ts`)),
  ];
  const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' });
  // From a terminal it reaches the child as well; from anywhere else it does not.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((done, failed) => {
    child.once('error', failed);
    child.once('exit', (code, signal) => done(signal ? 128 + constants.signals[signal] : (code ?? 1)));
  });
}

/** Whoever keeps a cluster stops it when the tests are gone; this waits for that, so that nothing is left behind. */
async function removed(within: string): Promise<void> {
  for (let i = 0; i < 300 && readdirSync(within).length > 0; i++) await sleep(100);
  rmSync(within, { recursive: true, force: true });
}

function scenarios(): string[] {
  return readdirSync(join(root, 'test/cluster'))
    .filter((file) => file.endsWith('.scenario.ts'))
    .map((file) => file.slice(0, -'.scenario.ts'.length))
    .sort();
}
