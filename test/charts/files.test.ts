import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeFolder, readText, textIfThere } from '../../charts/files';

const folder = mkdtempSync(join(tmpdir(), 'files-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string, make: (path: string) => void) => {
  make(join(folder, name));
  return join(folder, name);
};

// Each of these is waited for, or read, without an end by what does not look first.
test.each([
  [
    'a pipe',
    at('pipe', (path) => execFileSync('mkfifo', [path])),
    /: is a pipe or a device; give a file in its place$/,
  ],
  ['a device', '/dev/zero', /^\/dev\/zero: is a pipe or a device/],
  ['a link to a device', at('link', (path) => symlinkSync('/dev/zero', path)), /link: is a pipe or a device/],
  ['a folder', folder, /: is a folder; give a file in its place$/],
  [
    'a file without an end',
    at('large', (path) => {
      writeFileSync(path, '');
      truncateSync(path, 2 ** 40);
    }),
    /: has 1099511627776 bytes, more than 67108864/,
  ],
])('%s is not read', (_, file, message) => {
  const said = (() => {
    try {
      return textIfThere(file);
    } catch (error) {
      return error as Error & { problems?: readonly string[] };
    }
  })();
  expect(said).toBeInstanceOf(Error);
  expect((said as Error).message).toMatch(message);
  expect((said as { problems?: unknown }).problems).toHaveLength(1);
});

test('a pipe that a person names is read until its end, and no further than a file may be long', () => {
  const read = (script: string) =>
    execFileSync(
      'bash',
      ['-c', `node commands/run.mjs commands/load-test.ts staging --cookies <(${script}) 2>&1 || true`],
      { encoding: 'utf8' },
    );
  expect(read('echo not a cookie')).toMatch(/--cookies \S+:1: write name=value/);
  expect(read('cat /dev/zero')).toMatch(/gives more than 67108864 bytes/);
});

test.each([
  ['/proc/x', /ENOENT.*mkdir '\/proc\/x'/],
  ['/proc/x/y/z', /ENOENT.*mkdir '\/proc\/x'/],
  ['/proc/self/fd/x', /mkdir '\/proc\/self\/fd\/x'/],
  // Node 20 looks at the path first, later ones make the folder first; either names what is in the way.
  ['/dev/null/x', /(ENOTDIR|EEXIST).*'\/dev\/null/],
])('%s cannot be made, which is said at once', (path, message) => {
  expect(() => makeFolder(path)).toThrow(message);
});

test('folders are made with those above them, and once', () => {
  makeFolder(join(folder, 'a/b/c'));
  makeFolder(join(folder, 'a/b/c'));
  expect(readText(at('a/b/c/d', (path) => writeFileSync(path, 'text')))).toBe('text');
  expect(textIfThere(join(folder, 'a/none'))).toBeUndefined();
});
