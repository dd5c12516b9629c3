import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { root } from '../support/root';
import { expectHarmless, hostileText, secret } from './values';

/** Seconds that a command may take on a machine with other work. */
const within = 120;

/** What is done to a clone before a command runs in it: a file, and what it then holds. */
const spoiled = fc.oneof(
  fc.tuple(fc.constant('.changes/ack.yaml'), hostileText),
  fc.tuple(
    fc.constantFrom('terraform-bridge/outputs/cluster.json', 'terraform-bridge/outputs/production.json'),
    hostileText,
  ),
  fc.tuple(
    fc.constantFrom('web', 'sidekiq', 'migrations').map((app) => `charts/environments/images/staging/${app}.txt`),
    hostileText,
  ),
  fc.tuple(
    fc.constantFrom('ConfigMap.x', 'Deployment.x', 'x').map((name) => `dist/production/web/${name}.yaml`),
    hostileText,
  ),
  secret.map((value): [string, string] => [
    'dist/production/web/ConfigMap.secret.yaml',
    `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: secret, namespace: production}\ndata: {TOKEN: ${value}}\n`,
  ]),
);

const argument = hostileText.filter((text) => !text.includes('\u0000') && text.length < 5_000);
const words = fc.oneof(
  fc.constantFrom('text', 'json', 'markdown', 'sarif', 'github', 'html').map((format) => ['check', '-o', format]),
  fc
    .constantFrom('text', 'json', 'markdown', 'github', 'html')
    .map((format) => ['diff', '--base', 'HEAD', '-o', format]),
  fc.constantFrom<string[]>(
    ['check', '--only-new', '--base', 'HEAD'],
    ['cost'],
    ['../charts/main'],
    ['../terraform-bridge/main'],
  ),
  argument.map((text) => ['promote', 'staging', `web=${text}`]),
  argument.map((text) => ['promote', text, 'web=x']),
  argument.map((text) => [
    'promote',
    'staging',
    '--from',
    'production',
    '--push',
    '--timeout',
    '1s',
    '--remote',
    text,
  ]),
  argument.map((text) => ['rollback', 'production', 'web', '--to', text]),
  argument.map((text) => ['check', '--explain', text]),
  argument.map((text) => ['diff', '--base', text]),
  argument.map((text) => ['verify', text]),
  argument.map((text) => ['bridge', 'cluster', '--from', text]),
);

/**
 * Runs commands, as people and pipelines do, in a clone that somebody has spoiled.
 *
 * @returns the first that did not end in time, with an exit code of the table, without stack, secret or control character,
 * or that left something half-written; nothing when all did
 */
export async function commandsTried(seed: number, runs: number): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'hostile-'));
  const clone = join(folder, 'clone');
  const git = (...args: string[]) => execFileSync('git', args, { cwd: clone, encoding: 'utf8', stdio: 'pipe' });
  try {
    execFileSync('git', ['clone', '--quiet', root, clone], { stdio: 'pipe' });
    symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'));
    writeFileSync(join(clone, '.git/info/exclude'), 'node_modules\n');
    const cases = fc.sample(fc.tuple(fc.option(spoiled), words), { seed, numRuns: runs });
    for (const [file, given] of cases) {
      if (file) {
        mkdirSync(dirname(join(clone, file[0])), { recursive: true });
        writeFileSync(join(clone, file[0]), file[1]);
      }
      const before = git('status', '--porcelain', '--untracked-files=all');
      const { code, said } = await run(clone, given);
      const after = git('status', '--porcelain', '--untracked-files=all');
      const problem = judged(code, said, given, file?.[1], before, after);
      if (problem)
        return `${JSON.stringify(given)} after ${JSON.stringify(file)}: ${problem}\n${said.slice(0, 2_000)}`;
      git('reset', '--quiet', '--hard');
      git('clean', '--quiet', '-fd');
    }
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function judged(
  code: unknown,
  said: string,
  given: string[],
  text: string | undefined,
  before: string,
  after: string,
) {
  if (code === 'late') return `has not ended after ${within} s`;
  if (![0, 1, 2].includes(code as number)) return `ended with ${code}`;
  const token = /ghp_\w{36}|AKIA\w{16}|sk_live_\w{24}|eyJhbGci\S+/.exec(text ?? '')?.[0];
  if (token && said.includes(token)) return `prints ${token}`;
  // What was refused has changed nothing; synth and a promotion that were not may.
  if (code === 2 && before !== after) return `was refused and left ${after}`;
  try {
    expectHarmless(said, given.includes('github'));
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
}

function run(clone: string, [command = '', ...args]: string[]): Promise<{ code: unknown; said: string }> {
  const all = ['commands/run.mjs', `commands/${command}.ts`, ...args];
  const child = spawn(process.execPath, all, {
    cwd: clone,
    env: { ...process.env, NO_COLOR: '1', GIT_TERMINAL_PROMPT: '0', KUBECONFIG: '/nonexistent' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part) => {
      said += part;
    });
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      resolve({ code: 'late', said });
    }, within * 1000);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, said });
    });
  });
}
