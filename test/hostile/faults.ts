import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { command } from '../../commands/command';
import { root } from '../support/root';

const env = {
  ...process.env,
  ...Object.fromEntries(
    ['AUTHOR', 'COMMITTER'].flatMap((who) => [
      [`GIT_${who}_NAME`, 'Jenkins'],
      [`GIT_${who}_EMAIL`, 'jenkins@example.com'],
    ]),
  ),
  GIT_CONFIG_NOSYSTEM: '1',
  NO_COLOR: '1',
};
const imageOf = (n: number) =>
  `000000000000.dkr.ecr.us-east-1.amazonaws.com/e-ren:${String(n).padStart(7, '0')}-${n}@sha256:${String(n % 10).repeat(64)}`;

/** Bad luck of one kind: how often it was tried, and what did not hold. */
interface Outcome {
  readonly tries: number;
  readonly wrong: readonly string[];
}

/** A place with clones of this tree, all of one bare remote; every environment has images, as the tree before has been published. */
class Place {
  readonly folder = mkdtempSync(join(tmpdir(), 'faults-'));
  private made = 0;

  constructor() {
    this.git(this.folder, 'clone', '--quiet', root, 'first');
    const first = this.linked(join(this.folder, 'first'));
    execFileSync(
      process.execPath,
      ['commands/run.mjs', 'commands/promote.ts', 'staging', imageOf(1), '--commit'],
      { cwd: first, env, stdio: 'pipe' },
    );
    this.git(this.folder, 'clone', '--quiet', '--bare', first, 'remote.git');
  }

  clone(): string {
    const name = `clone-${++this.made}`;
    this.git(this.folder, 'clone', '--quiet', 'remote.git', name);
    return this.linked(join(this.folder, name));
  }

  git(cwd: string, ...args: string[]): string {
    return execFileSync('git', args, { cwd, env, encoding: 'utf8', stdio: 'pipe' }).trimEnd();
  }

  changed(clone: string): string {
    return this.git(clone, 'status', '--porcelain', '--untracked-files=all');
  }

  end(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private linked(clone: string): string {
    symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'));
    writeFileSync(join(clone, '.git/info/exclude'), 'node_modules\n');
    return clone;
  }
}

function run(cwd: string, ...words: string[]): Promise<{ code: number; said: string }> {
  return new Promise((resolve) =>
    execFile(process.execPath, ['commands/run.mjs', ...words], { cwd, env, timeout: 180_000 }, (error, out, err) =>
      resolve({ code: error ? Number(error.code ?? 99) : 0, said: out + err }),
    ),
  );
}

const promote = (n: number, ...more: string[]) => ['commands/promote.ts', 'staging', imageOf(n), ...more];

/** A command that writes manifests, killed at any moment. */
interface Killed {
  readonly words: readonly string[];
  /** Makes the clone as it is before the command. */
  readonly ready: (clone: string) => void;
  /** Milliseconds until the kill of a try: where it writes is near its end. */
  readonly after: (i: number) => number;
}

const killed: Readonly<Record<'promote' | 'synth', Killed>> = {
  promote: { words: promote(2), ready: () => {}, after: (i) => 100 + ((i * 97) % 900) },
  // A published tree, and an image that it does not follow yet.
  synth: {
    words: ['charts/main.ts'],
    ready: (clone) => writeFileSync(join(clone, 'charts/environments/images/staging/web.txt'), `${imageOf(2)}\n`),
    after: (i) => 50 + ((i * 37) % 600),
  },
};

/** Kills at any moment: every file is the old or the new one, and the next run ends the work and sweeps up. */
async function kills(place: Place, tries: number, { words, ready, after }: Killed): Promise<Outcome> {
  const clone = place.clone();
  const wrong: string[] = [];
  const webs = join(clone, 'dist/staging/web');
  const hold = () => readdirSync(webs).map((file) => readFileSync(join(webs, file), 'utf8'));
  const anew = () => {
    place.git(clone, 'checkout', '--quiet', '.');
    ready(clone);
  };
  anew();
  const old = hold();
  await run(clone, ...words);
  const made = hold();
  for (let i = 0; i < tries; i++) {
    anew();
    const child = spawn(process.execPath, ['commands/run.mjs', ...words], { cwd: clone, env, stdio: 'ignore' });
    const ended = once(child, 'close');
    await sleep(after(i));
    child.kill('SIGKILL');
    await ended;
    hold().forEach((text, at) => {
      if (text !== old[at] && text !== made[at])
        wrong.push(`kill ${i}: a file is neither the old nor the new one`);
    });
    const { code, said } = await run(clone, ...words);
    if (code !== 0) wrong.push(`kill ${i}: the next run ended with ${code}: ${said}`);
    if (hold().some((text, at) => text !== made[at])) wrong.push(`kill ${i}: the next run left old files`);
    const left = readdirSync(clone).filter((name) => name.startsWith('.staging-'));
    if (left.length > 0) wrong.push(`kill ${i}: ${left} stayed`);
  }
  return { tries, wrong };
}

/** A .git that cannot be written, as a whole or in its parts: nothing is changed, and the words are git's. */
async function readOnlyGit(place: Place, tries: number): Promise<Outcome> {
  const clone = place.clone();
  const wrong: string[] = [];
  const before = place.git(clone, 'rev-parse', 'HEAD');
  const parts = ['.git', '.git/objects', '.git/refs/heads'];
  const commands = [
    (n: number) => promote(n, '--commit'),
    (n: number) => promote(n, '--push'),
    (n: number) => ['commands/promote.ts', 'production', `web=${imageOf(n)}`, '--commit'],
    () => ['commands/revert.ts', 'HEAD', '--push'],
    () => ['commands/rollback.ts', 'staging', 'web', '--push', '--to', imageOf(7)],
  ];
  for (let i = 0; i < tries; i++) {
    const part = parts[i % parts.length] as string;
    const words = (commands[Math.floor(i / parts.length) % commands.length] as (n: number) => string[])(600 + i);
    // Root may write anywhere but on a mount that is read-only, in a namespace of its own.
    const script = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"';
    const { code, said } = await new Promise<{ code: number; said: string }>((resolve) =>
      execFile(
        'unshare',
        ['-rm', 'sh', '-c', script, 'sh', join(clone, part), process.execPath, 'commands/run.mjs', ...words],
        { cwd: clone, env, timeout: 180_000 },
        (error, out, err) => resolve({ code: error ? Number(error.code ?? 99) : 0, said: out + err }),
      ),
    );
    const what = `${part} read-only, ${words.slice(0, 2).join(' ')}`;
    // Revert and rollback work in a clone of their own, and need this one only to be read.
    const own = /revert|rollback/.test(words[0] as string);
    // A push that could not be begun is 1, as any that did not arrive.
    const codes = words.includes('--push') ? [1, 2] : [2];
    if (!own && (!codes.includes(code) || !/read-only file system|unable to|cannot|could not/i.test(said)))
      wrong.push(`${what}: ended with ${code}: ${said}`);
    if (own && ![0, 1, 2].includes(code)) wrong.push(`${what}: ended with ${code}: ${said}`);
    if (/^\s+at /m.test(said)) wrong.push(`${what}: shows a stack: ${said}`);
    if (place.changed(clone) !== '' || place.git(clone, 'rev-parse', 'HEAD') !== before)
      wrong.push(`${what}: left ${place.changed(clone)}`);
    place.git(clone, 'reset', '--quiet', '--hard', before);
  }
  return { tries, wrong };
}

/** Locks of git: nothing is changed, and the words are git's. */
async function locks(place: Place, tries: number): Promise<Outcome> {
  const clone = place.clone();
  const wrong: string[] = [];
  for (let i = 0; i < tries; i++) {
    const lock = join(clone, '.git', i % 2 === 0 ? 'index.lock' : 'refs/heads/main.lock');
    writeFileSync(lock, '');
    const { code, said } = await run(clone, ...promote(3 + i, '--commit'));
    rmSync(lock);
    if (code !== 2 || !said.includes('.lock')) wrong.push(`${lock}: ended with ${code}: ${said}`);
    if (place.changed(clone) !== '') wrong.push(`${lock}: left ${place.changed(clone)}`);
    place.git(clone, 'reset', '--quiet', '--hard');
  }
  return { tries, wrong };
}

/** Two in one clone, and three clones at once: all land, and what is published is what its code makes. */
async function races(place: Place, tries: number): Promise<Outcome> {
  const clones = [place.clone(), place.clone(), place.clone()] as const;
  const wrong: string[] = [];
  for (let i = 0; i < tries; i++) {
    const all = await Promise.all(
      [clones[0], clones[0], clones[1], clones[2]].map((clone, at) =>
        run(clone, ...promote(100 + 4 * i + at, '--push', '--attempts', '20')),
      ),
    );
    for (const { code, said } of all) if (code !== 0) wrong.push(`round ${i}: ended with ${code}: ${said}`);
    const [clone] = clones;
    place.git(clone, 'pull', '--quiet', '--ff-only');
    const { said } = await run(clone, 'charts/main.ts');
    if (!said.includes(' 0 written, 0 removed'))
      wrong.push(`round ${i}: what is published is not what it makes: ${said}`);
  }
  return { tries: tries * 4, wrong };
}

/** A remote that takes every connection and never answers, and a signal at any moment. */
async function silence(place: Place, tries: number): Promise<Outcome> {
  const server = createServer(() => {}).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const clone = place.clone();
  place.git(
    clone,
    'config',
    'remote.origin.pushurl',
    `git://127.0.0.1:${(server.address() as AddressInfo).port}/x`,
  );
  const before = place.git(clone, 'rev-parse', 'HEAD');
  const wrong: string[] = [];
  for (let i = 0; i < tries; i++) {
    const words = ['commands/run.mjs', ...promote(500 + i, '--push', '--timeout', i % 2 === 0 ? '2s' : '10m')];
    const child = spawn(process.execPath, words, { cwd: clone, env, stdio: 'ignore' });
    const ended = once(child, 'close');
    if (i % 2 === 1) {
      await once(server, 'connection');
      await sleep((i * 61) % 500);
      child.kill('SIGTERM');
    }
    const [code] = await Promise.race([ended, sleep(60_000, ['never'])]);
    if (code !== 1) wrong.push(`remote ${i}: ended with ${code}`);
    if (code === 'never') child.kill('SIGKILL');
    if (place.changed(clone) !== '' || place.git(clone, 'rev-parse', 'HEAD') !== before)
      wrong.push(`remote ${i}: left ${place.changed(clone)}`);
    place.git(clone, 'reset', '--quiet', '--hard', before);
  }
  server.close();
  return { tries, wrong };
}

/** A file system of its own that is full: what was there stays as it was. */
async function fullDisk(place: Place, tries: number): Promise<Outcome> {
  const clone = place.clone();
  const wrong: string[] = [];
  for (let i = 0; i < tries; i++) {
    // In a namespace of mounts of its own, which takes no right: dist/ is a small disk with just this much room.
    const script = [
      'set -e',
      'cp -R dist "$1/dist"',
      'mount -t tmpfs -o size=8m tmpfs dist',
      'cp -R "$1/dist/." dist/',
      `dd if=/dev/zero of=dist/filler bs=4k count=$(( $(df -Pk dist | awk 'NR==2 {print $4}') / 4 - ${i % 8} )) 2>/dev/null`,
      'code=0; "$2" commands/run.mjs commands/promote.ts staging "$3" >"$1/said" 2>&1 || code=$?',
      'rm dist/filler',
      'diff -r dist "$1/dist" >"$1/differs" 2>&1 && same=yes || same=no',
      'rm -rf "$1/dist"; echo "$code $same"',
    ].join('\n');
    const scratch = mkdtempSync(join(place.folder, 'full-'));
    const said = execFileSync(
      'unshare',
      ['-rm', 'sh', '-c', script, 'sh', scratch, process.execPath, imageOf(900 + i)],
      { cwd: clone, env, encoding: 'utf8' },
    ).trim();
    const [code, same] = said.split(' ');
    const words = readFileSync(join(scratch, 'said'), 'utf8');
    if (code === '0' ? same === 'yes' : same !== 'yes' || code !== '2')
      wrong.push(
        `full ${i}: ended with ${code}, ${same === 'yes' ? 'unchanged' : 'changed'}: ${words}${readFileSync(join(scratch, 'differs'), 'utf8')}`,
      );
    if (/^\s+at /m.test(words)) wrong.push(`full ${i}: shows a stack: ${words}`);
    place.git(clone, 'reset', '--quiet', '--hard');
    if (existsSync(join(clone, 'dist/filler'))) wrong.push('the disk was not its own');
  }
  return { tries, wrong };
}

const faults = {
  kills: (place: Place, tries: number) => kills(place, tries, killed.promote),
  killedSynth: (place: Place, tries: number) => kills(place, tries, killed.synth),
  locks,
  readOnlyGit,
  races,
  silence,
  fullDisk,
};

command('test:faults')
  .description(
    'Kills, locks, races, remotes that never answer and full disks: nothing is ever half-written. A night’s work.',
  )
  .option('--tries <number>', 'of each kind', '40')
  .option('--only <kind>', Object.keys(faults).join(', '))
  .action(async ({ tries, only }: { tries: string; only?: string }) => {
    const place = new Place();
    try {
      for (const [name, fault] of Object.entries(faults)) {
        if (only !== undefined && only !== name) continue;
        const begin = Date.now();
        const { tries: count, wrong } = await fault(place, Number(tries));
        console.log(
          `${wrong.length === 0 ? 'held  ' : 'FAILED'} ${count} × ${name} (${((Date.now() - begin) / 1000).toFixed(0)} s)`,
        );
        for (const each of wrong.slice(0, 5)) console.error(each.slice(0, 1_000));
        if (wrong.length > 0) process.exitCode = 1;
      }
    } finally {
      place.end();
    }
  })
  .parseAsync();
