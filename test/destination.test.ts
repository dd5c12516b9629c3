import { execFileSync, spawn } from 'node:child_process';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { put } from '../commands/destination';

const folder = mkdtempSync(join(tmpdir(), 'destination-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a report replaces the file of before, in folders that it makes, and leaves nothing beside it', () => {
  const file = join(folder, 'new/report.txt');
  put('first, and longer', file);
  put('second', file);
  expect(readFileSync(file, 'utf8')).toBe('second');
  expect(readdirSync(join(folder, 'new'))).toEqual(['report.txt']);
});

test('what is no file, as /dev/null is none, is written to and stays what it is', async () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const reader = spawn('cat', [pipe]);
  let read = '';
  reader.stdout.on('data', (part) => {
    read += part;
  });
  put('a report', pipe);
  await new Promise((resolve) => reader.once('close', resolve));
  expect(read).toBe('a report');
  expect(lstatSync(pipe).isFIFO()).toBe(true);
});

test('a folder is refused by its name', () => {
  writeFileSync(join(folder, 'keep'), '');
  expect(() => put('a report', folder)).toThrow(folder);
});
