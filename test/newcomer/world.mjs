import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

const ecr = '000000000000.dkr.ecr.us-east-1.amazonaws.com/e-ren';
const imageOf = (digit) => `${ecr}:${digit.repeat(7)}-${digit}@sha256:${digit.repeat(64)}`;

/**
 * A clone of this tree, committed or not, with packages, and a remote in which both environments have run two images and one
 * setting was changed since: so there is something to roll back, to take back and to promote.
 */
export function world() {
  const folder = mkdtempSync(join(tmpdir(), 'newcomer-'));
  const [remote, clone] = [join(folder, 'delivery.git'), join(folder, 'delivery')];
  const env = {
    ...process.env,
    GIT_CONFIG_GLOBAL: join(folder, 'gitconfig'),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'Ann Lee',
    GIT_AUTHOR_EMAIL: 'ann@example.com',
    GIT_COMMITTER_NAME: 'Ann Lee',
    GIT_COMMITTER_EMAIL: 'ann@example.com',
    NO_COLOR: '1',
    // No cluster of whoever runs it.
    KUBECONFIG: join(folder, 'no-kubeconfig'),
  };
  const git = (cwd, ...args) => execFileSync('git', args, { cwd, env, encoding: 'utf8' }).trim();
  const eren = (...args) => execFileSync(process.execPath, ['eren', ...args], { cwd: clone, env, stdio: 'pipe' });

  git(folder, 'clone', '--quiet', '--bare', root, remote);
  // A checkout of CI has no branch, and a newcomer's remote has one.
  git(remote, 'update-ref', 'refs/heads/main', git(root, 'rev-parse', 'HEAD'));
  git(remote, 'symbolic-ref', 'HEAD', 'refs/heads/main');
  git(folder, 'clone', '--quiet', '--branch', 'main', remote, clone);
  for (const packages of ['node_modules', 'terraform-bridge/node_modules'])
    symlinkSync(join(root, packages), join(clone, packages));
  appendFileSync(join(clone, '.git/info/exclude'), 'node_modules\n');
  for (const digit of ['1', '2'])
    for (const environment of ['staging', 'production']) {
      eren('promote', environment, imageOf(digit), '--push');
      if (digit === '1') eren('promote', environment, 'sidekiq', imageOf(digit), '--stable', 'web', '--push');
    }
  const settings = join(clone, 'charts/environments/production.ts');
  const text = readFileSync(settings, 'utf8');
  writeFileSync(settings, text.replace("preStop: '25s'", "preStop: '30s'"));
  eren('synth');
  git(clone, 'commit', '--quiet', '-am', 'wait longer before a pod ends');
  git(clone, 'push', '--quiet');
  const start = git(clone, 'rev-parse', 'HEAD');
  const commit = start.slice(0, 7);

  return {
    commit,
    image: imageOf('3'),
    day: new Date(Date.now() + 9 * 86_400_000).toISOString().slice(0, 10),
    /** Runs lines as one person types them one after the other, each time in the clone and with the remote as they were. */
    session(lines) {
      spawnSync('git', ['config', '--unset-all', 'core.hooksPath'], { cwd: clone });
      git(remote, 'update-ref', 'refs/heads/main', start);
      git(clone, 'fetch', '--quiet');
      git(clone, 'reset', '--quiet', '--hard', 'origin/main');
      git(clone, 'clean', '--quiet', '--force', '-d');
      const { status, stdout, stderr } = spawnSync(
        'bash',
        ['--norc', '--noprofile', '-euo', 'pipefail', '-c', lines.join('\n')],
        {
          cwd: clone,
          env,
          encoding: 'utf8',
          timeout: 120_000,
        },
      );
      return { status, said: `${stdout}${stderr}` };
    },
    end: () => rmSync(folder, { recursive: true, force: true }),
  };
}
