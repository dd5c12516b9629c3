import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../support/root';

const folder = mkdtempSync(join(tmpdir(), 'cluster-command-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A PATH with Node and these programs, which answer and do nothing. */
function pathWith(...programs: string[]): string {
  const bin = mkdtempSync(join(folder, 'bin-'));
  symlinkSync(process.execPath, join(bin, 'node'));
  for (const name of programs) {
    writeFileSync(join(bin, name), '#!/bin/sh\necho version 1\n');
    chmodSync(join(bin, name), 0o755);
  }
  return bin;
}

function run(path: string, ...args: string[]) {
  const env = { ...process.env, PATH: path, NO_COLOR: '1', XDG_CACHE_HOME: join(folder, 'cache') };
  const all = ['commands/run.mjs', 'test/cluster/main.ts', ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, all, { cwd: root, env, encoding: 'utf8' });
  return { status, stdout, stderr };
}

test.each([
  [
    'Go',
    pathWith('git', 'redis-server'),
    /error go is missing; get it from https:\/\/go\.dev\/dl.*\nnothing was tested/,
  ],
  ['Redis', pathWith('git', 'go'), /error redis-server is missing; get it from the package redis-server/],
  ['Git', pathWith('go', 'redis-server'), /error git is missing; get it from the package git/],
  [
    'Python',
    pathWith('go', 'git', 'redis-server'),
    /error python3 is missing; get it from the packages python3 and python3-venv/,
  ],
])('without %s it says what is missing and where it is to be had, and exits 2', (_, path, said) => {
  const { status, stderr } = run(path);
  expect(stderr).toMatch(said);
  expect(status).toBe(2);
});

test.each([
  ['a minor without a module', ['--kubernetes', '1.30'], /Allowed choices are 1\.35, 1\.34, 1\.36/],
  ['an unknown scenario', ['placements'], /Allowed choices are access, admission, bootstrap/],
  ['an unknown option', ['--kube', 'x'], /unknown option '--kube'/],
  ['a kubeconfig that is not there', ['--kubeconfig', 'nowhere'], /--kubeconfig nowhere: there is no such file/],
  [
    'a scenario that needs a cluster of its own',
    ['--kubeconfig', 'package.json', 'bootstrap'],
    /bootstrap cannot run in a cluster that exists; with --kubeconfig use access, admission, upgrade/,
  ],
])('%s is refused, and exits 2', (_, args, said) => {
  const { status, stderr } = run(process.env.PATH ?? '', ...args);
  expect(stderr).toMatch(said);
  expect(status).toBe(2);
});

test('its help has examples and exit codes', () => {
  const { status, stdout } = run(process.env.PATH ?? '', '--help');
  expect(stdout).toMatch(/Examples:[\s\S]*--kubernetes 1\.36[\s\S]*Exit codes: 0 passed, 1 a test failed, 2/);
  expect(status).toBe(0);
});
