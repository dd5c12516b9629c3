import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { changed, cloned, clones, env, git, refused, removeClones, second } from '../support/clones';

jest.setTimeout(120_000);

/** Takes every connection and never says a word. */
let silent: Server;
beforeAll(async () => {
  silent = createServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
});
afterAll(() => {
  silent.close();
  removeClones();
});
const address = () => `git://127.0.0.1:${(silent.address() as AddressInfo).port}/delivery.git`;
const promotion = ['production', `web=${second}`, '--push'];

test('a remote that never answers is waited for so long and no longer, and nothing is changed', async () => {
  const clone = cloned();
  const before = git(clone, 'rev-parse', 'HEAD');
  const to = ['--remote', address(), '--branch', 'main', '--timeout', '1s'];
  await refused(1, 'git fetch: no answer within 1 s', clone, 'promote', ...promotion, ...to);
  expect([changed(clone), git(clone, 'rev-parse', 'HEAD')]).toEqual([[], before]);
});

test('a push that is never answered is taken back', async () => {
  const [clone] = clones();
  const before = git(clone, 'rev-parse', 'HEAD');
  git(clone, 'config', 'remote.origin.pushurl', address());
  await refused(1, 'git push: no answer within 1 s', clone, 'promote', ...promotion, '--timeout', '1s');
  expect([changed(clone), git(clone, 'rev-parse', 'HEAD')]).toEqual([[], before]);
});

test.each(['SIGTERM', 'SIGINT'] as const)('one %s ends the waiting, and nothing is changed', async (signal) => {
  const clone = cloned();
  const words = [
    'commands/run.mjs',
    'commands/promote.ts',
    ...promotion,
    '--remote',
    address(),
    '--branch',
    'main',
  ];
  const connected = once(silent, 'connection');
  const child = spawn(process.execPath, words, { cwd: clone, env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (part) => {
    said += part;
  });
  await connected;
  child.kill(signal);
  const [code] = await once(child, 'close');
  expect([code, said, changed(clone)]).toEqual([1, expect.stringContaining('git fetch: interrupted'), []]);
});
