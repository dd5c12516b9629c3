import { execFileSync, spawn } from 'node:child_process';
import fs, {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { outputOption, writeResult } from '../../commands/destination';

const folder = mkdtempSync(join(tmpdir(), 'destination-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a report replaces the file of before, in folders that it makes, and leaves nothing beside it', () => {
  const file = join(folder, 'new/report.txt');
  writeResult('first, and longer', file);
  writeResult('second', file);
  expect(readFileSync(file, 'utf8')).toBe('second');
  expect(readdirSync(join(folder, 'new'))).toEqual(['report.txt']);
});

test('what is not a file, as /dev/null is none, is written to and stays what it is', async () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const reader = spawn('cat', [pipe]);
  let read = '';
  reader.stdout.on('data', (part) => {
    read += part;
  });
  writeResult('a report', pipe);
  await new Promise((resolve) => reader.once('close', resolve));
  expect(read).toBe('a report');
  expect(lstatSync(pipe).isFIFO()).toBe(true);
});

test('a folder is refused by its name, and before the work where it is an argument', () => {
  writeFileSync(join(folder, 'keep'), '');
  expect(() => writeResult('a report', folder)).toThrow(`${folder}: is a folder; name a file in it`);
  const ask = () => outputOption(['text', 'json']).parseArg?.(`json=${folder}`, []);
  expect(ask).toThrow(`${folder} is a folder; name a file in it.`);
});

test('a write that fails leaves the file of before and nothing beside it', () => {
  const file = join(folder, 'whole/report.txt');
  writeResult('first', file);
  const rename = jest.spyOn(fs, 'renameSync').mockImplementationOnce(() => {
    throw new Error('no space left');
  });
  expect(() => writeResult('second', file)).toThrow('no space left');
  expect(rename).toHaveBeenCalledTimes(1);
  rename.mockRestore();
  expect(readdirSync(join(folder, 'whole'))).toEqual(['report.txt']);
  expect(readFileSync(file, 'utf8')).toBe('first');
});

test('a symbolic link stays one, and what it names is replaced, or made', () => {
  const at = join(folder, 'links');
  writeResult('first', join(at, 'deep/report.txt'));
  symlinkSync('deep', join(at, 'beside'));
  symlinkSync('beside/report.txt', join(at, 'link'));
  symlinkSync('../made.txt', join(at, 'deep/dangling'));
  writeResult('second', join(at, 'link'));
  writeResult('new', join(at, 'beside/dangling'));
  expect(readFileSync(join(at, 'deep/report.txt'), 'utf8')).toBe('second');
  expect(readFileSync(join(at, 'made.txt'), 'utf8')).toBe('new');
  expect(['link', 'deep/dangling'].map((name) => lstatSync(join(at, name)).isSymbolicLink())).toEqual([
    true,
    true,
  ]);
  expect(readdirSync(join(at, 'deep')).sort()).toEqual(['dangling', 'report.txt']);
});
