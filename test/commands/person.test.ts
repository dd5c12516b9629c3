import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { changed, clones, done, env, first, git, published, removeClones, second, web } from '../support/clones';
import { root } from '../support/root';

jest.setTimeout(240_000);
afterAll(removeClones);

/** Somebody who may read the clone and not write it; root may always write. */
const reader = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

function eren(cwd: string, args: readonly string[], more: object = {}, node = process.execPath) {
  const { status, stdout, stderr, error } = spawnSync(node, ['eren', ...args], {
    cwd,
    env,
    encoding: 'utf8',
    ...more,
  });
  if (error) throw error;
  return { code: status, out: stdout, err: stderr };
}

/** Two images in production, the first one stable, so that there is something to go back to. */
async function deployed() {
  const [clone, other] = clones();
  await done(other, 'promote', 'production', 'sidekiq', first, '--stable', 'web', '--push');
  await done(other, 'promote', 'production', 'web', second, '--push');
  git(clone, 'fetch', '--quiet');
  return clone;
}

test('a rollback without -- is refused with the line to type, and nothing happens', async () => {
  const clone = await deployed();
  const { status, stdout, stderr } = spawnSync('npm', ['run', 'rollback', 'production', 'web', '--push'], {
    cwd: clone,
    env,
    encoding: 'utf8',
  });
  expect(status).not.toBe(0);
  expect(`${stdout}${stderr}`).toContain('write -- before the options: npm run rollback -- production web --push');
  expect(published(clone)[0]).toBe('promote web 2222222-2 to production');
  expect(changed(clone)).toEqual([]);
});

test('a rollback goes from a detached head, in a dirty tree with commits of its own', async () => {
  const clone = await deployed();
  git(clone, 'checkout', '--quiet', '--detach');
  writeFileSync(join(clone, 'README.md'), 'mine');
  git(clone, 'commit', '--quiet', '-am', 'mine');
  writeFileSync(join(clone, web), 'not committed');
  expect(eren(clone, ['rollback', 'production', 'web', '--push'])).toMatchObject({ code: 0 });
  expect(git(clone, 'show', `origin/main:${web}`)).toBe(first);
  expect([git(clone, 'log', '-1', '--format=%s'), changed(clone)]).toEqual(['mine', [web]]);
});

test('a rollback goes from a clone that cannot be written', async () => {
  const clone = await deployed();
  const remote = git(clone, 'remote', 'get-url', 'origin');
  chmodSync(dirname(clone), 0o755);
  execFileSync('chmod', ['-R', 'a+rX,a-w', clone]);
  execFileSync('chmod', ['-R', 'a+rwX', remote]);
  // Both belong to somebody else, as a clone on a shared machine does.
  const config = join(dirname(clone), 'trusts');
  writeFileSync(config, '[safe]\n\tdirectory = *\n');
  // A Node below root's own folder cannot be run by anybody else.
  const node = join(dirname(clone), 'node');
  copyFileSync(process.execPath, node);
  const surroundings = { env: { ...env, GIT_CONFIG_GLOBAL: config, HOME: '/tmp' }, ...reader };
  const { code, out, err } = eren(clone, ['rollback', 'production', 'web', '--push'], surroundings, node);
  execFileSync('chmod', ['-R', 'u+w', clone]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toContain('roll back web in production to 1111111-1');
  expect(git(remote, 'show', `main:${web}`)).toBe(first);
});

test('without a network a rollback says so at once and does nothing, and what needs none works', async () => {
  const clone = await deployed();
  git(clone, 'remote', 'set-url', 'origin', 'http://127.0.0.1:9/delivery.git');
  const { code, err } = eren(clone, ['rollback', 'production', 'web', '--push']);
  expect(code).toBe(1);
  expect(err).toContain('nothing was pushed');
  expect(eren(clone, ['status', '--no-live']).out).toMatch(/web +2222222-2/);
  expect(eren(clone, ['check', '--quiet']).code).toBe(0);
});

test('a pipe that is closed early is not an error', () => {
  const line = '"$NODE" eren check --verbose | head -1; echo "${PIPESTATUS[0]}"';
  const { stdout, stderr } = spawnSync('bash', ['-c', line], {
    cwd: root,
    env: { ...env, NODE: process.execPath },
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(stdout.trim().split('\n').at(-1)).toMatch(/^(0|141)$/);
});

test('on a terminal of 60 columns it has colours, and no line of its own is wider', async () => {
  const clone = await deployed();
  git(clone, 'reset', '--quiet', '--hard', 'origin/main');
  const inner = `stty cols 60; '${process.execPath}' eren diff --base HEAD~1`;
  const { stdout } = spawnSync('script', ['--quiet', '--return', '--command', inner, '/dev/null'], {
    cwd: clone,
    env: { ...env, NO_COLOR: '', TERM: 'xterm' },
    encoding: 'utf8',
  });
  const lines = stdout.replaceAll('\r', '').split('\n');
  expect(stdout).toContain('\u001b[1m');
  const plain = lines.map((line) => line.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g'), ''));
  // What is one word, such as a digest or a path, is not broken.
  const wide = plain.filter(
    (line) =>
      line.length > 60 &&
      line
        .trim()
        .split(/\s+/)
        .every((word) => word.length < 40),
  );
  expect(plain.length).toBeGreaterThan(5);
  expect(wide).toEqual([]);
});
