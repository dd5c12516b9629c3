import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pc from 'picocolors';
import { manifestsOf, type System } from '../systems/system';
import { sayable } from './environments/visible';

/** What synth reads of every system. */
const sources = ['charts', 'imports', 'terraform-bridge/outputs'];
/** An editor saves in several steps; milliseconds. */
const settles = 80;

/**
 * Synthesizes after each save, until Ctrl-C, and shows what that save changed of the manifests. Each time in a process of its
 * own, because what was edited is the program itself.
 */
export function watchSources(root: string, system: System): void {
  const generated = manifestsOf(system);
  const beside = mkdtempSync(join(tmpdir(), 'synth-watch-'));
  process.once('exit', () => rmSync(beside, { recursive: true, force: true }));
  // Ctrl-C is how a person ends it, and nothing has failed then. A synthesis that runs is waited for first.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(0));
  synthesize();
  remember();

  let timer: NodeJS.Timeout | undefined;
  const folders = system.folder ? [...sources, system.folder] : sources;
  for (const folder of folders)
    watch(join(root, folder), { recursive: true }, (_, file) => {
      clearTimeout(timer);
      timer = setTimeout(again, settles, join(folder, file ?? ''));
    });
  console.log(pc.dim(`watches ${folders.join(', ')}; Ctrl-C ends it`));

  function again(file: string): void {
    console.log(`\n${pc.bold(file)}`);
    const began = performance.now();
    if (!synthesize()) return;
    const shown = generated.flatMap(changes);
    if (shown.length > 0) console.log(shown.join('\n'));
    const took = `${((performance.now() - began) / 1000).toFixed(1)} s`;
    console.log(pc.dim(shown.length > 0 ? took : `changes no manifest, ${took}`));
    remember();
  }

  /** @returns whether it could; when it could not, it has said why and written nothing */
  function synthesize(): boolean {
    const { status, stderr } = spawnSync(
      process.execPath,
      [join(root, 'commands/run.mjs'), 'charts/main.ts', '--system', system.name],
      {
        cwd: root,
        encoding: 'utf8',
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { ...process.env, ...(pc.isColorSupported && { FORCE_COLOR: '1' }) },
      },
    );
    if (status !== 0) process.stdout.write(stderr);
    return status === 0;
  }

  function remember(): void {
    for (const folder of generated) {
      rmSync(join(beside, folder), { recursive: true, force: true });
      if (existsSync(join(root, folder))) cpSync(join(root, folder), join(beside, folder), { recursive: true });
      else mkdirSync(join(beside, folder), { recursive: true });
    }
  }

  /** The lines that differ, below the file that they are in. */
  function changes(folder: string): string[] {
    const { stdout } = spawnSync(
      'git',
      [
        'diff',
        '--no-index',
        '--no-ext-diff',
        '--no-color',
        '--unified=1',
        '--',
        join(beside, folder),
        join(root, folder),
      ],
      { encoding: 'utf8', maxBuffer: 2 ** 28 },
    );
    return stdout.split(/^diff --git .*\n/m).flatMap((part) => {
      const [head = '', ...hunks] = part.split(/^(?=@@)/m);
      const path = /^(?:\+\+\+ b|--- a)(?!\/dev\/null)(.*)$/m.exec(head)?.[1] ?? '';
      const name = path.replace(beside, '').replace(root, '').replace(/^\/+/, '');
      const kind = /^new file/m.test(head) ? ' (new)' : /^deleted file/m.test(head) ? ' (removed)' : '';
      const lines = hunks.flatMap((hunk) => sayable(hunk.trimEnd()).split('\n').slice(1));
      return name ? [`${pc.cyan(sayable(name))}${kind}`, ...lines.map(colored)] : [];
    });
  }
}

function colored(line: string): string {
  if (line.startsWith('+')) return pc.green(line);
  return line.startsWith('-') ? pc.red(line) : pc.dim(line);
}
