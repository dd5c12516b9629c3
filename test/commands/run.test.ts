import { execFile, execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../support/root';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'run-'));
  for (const name of ['charts', 'commands', 'node_modules']) mkdirSync(join(folder, name));
  cpSync(join(root, 'commands/run.mjs'), join(folder, 'commands/run.mjs'));
  for (const name of ['esbuild', '@esbuild'])
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  write('charts/main.ts', "import { word } from './data.json';\nconsole.log(word as string);\n");
  write('charts/data.json', '{"word":"one"}');
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (file: string, text: string) => writeFileSync(join(folder, file), text);
const run = async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['commands/run.mjs', 'charts/main.ts'], {
    cwd: folder,
  });
  return stdout + stderr;
};
const kept = join('node_modules', '.cache', 'delivery');
const keptAs = (ending: string) =>
  join(folder, kept, readdirSync(join(folder, kept)).find((name) => name.endsWith(ending)) as string);

test('a program is built anew when JSON that it imports has changed', async () => {
  expect(await run()).toBe('one\n');
  write('charts/data.json', '{"word":"two"}');
  expect(await run()).toBe('two\n');
});

test.each(['.cjs', '.cjs.v8', '.cjs.map'])(
  'what is kept as %s is not used when a bit of it has flipped',
  async (ending) => {
    await run();
    const whole = readFileSync(keptAs(ending));
    for (const at of [0, whole.length - 2]) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] as number) ^ 1;
      writeFileSync(keptAs(ending), damaged);
      expect(await run()).toBe('one\n');
    }
  },
);

test('an empty or a foreign file in its place is not run', async () => {
  await run();
  const program = readFileSync(keptAs('.cjs'));
  writeFileSync(keptAs('.cjs'), '');
  expect(await run()).toBe('one\n');
  write('charts/data.json', '{"word":"two"}');
  await run();
  for (const name of readdirSync(join(folder, kept)).filter((each) => each.endsWith('.cjs')))
    writeFileSync(join(folder, kept, name), program);
  expect(await run()).toBe('two\n');
});

const endless = (file: string) => symlinkSync('/dev/zero', file);
const silent = (file: string) => execFileSync('mkfifo', [file]);
test.each(['.cjs', '.cjs.v8', '.cjs.map'])(
  'a pipe and a device in the place of %s are not waited for',
  async (ending) => {
    await run();
    const file = keptAs(ending);
    for (const put of [silent, endless]) {
      rmSync(file, { force: true });
      put(file);
      expect(await run()).toBe('one\n');
    }
  },
);

test('what is beyond ASCII is what it was: in text, patterns and templates, behind backslashes too', async () => {
  write(
    'charts/main.ts',
    "const word = '– 😀 \\\\µ'; // …\nconst at = /[µ-–]\\…|\\\\µ$/.exec(word)?.[0];\nconsole.log(`${word} → ${at} ${/^.😀$/u.test('–😀')}`);\n",
  );
  for (const _ of [0, 1]) expect(await run()).toBe('– 😀 \\µ → \\µ true\n');
});

test('a program runs where nothing can be kept', async () => {
  write('node_modules/.cache', 'a file');
  expect(await run()).toBe('one\n');
  rmSync(join(folder, 'node_modules/.cache'));
  // A file system that takes no folder, and says that the one above is missing.
  symlinkSync('/proc', join(folder, 'node_modules/.cache'));
  expect(await run()).toBe('one\n');
});

test('two at once into an empty cache both run, and leave nothing beside it', async () => {
  expect(await Promise.all([run(), run(), run()])).toEqual(['one\n', 'one\n', 'one\n']);
  expect(readdirSync(join(folder, kept)).filter((name) => !/\.cjs(\.map|\.v8)?$/.test(name))).toEqual([]);
});

test('a verdict that cannot be written is not a success, and is told without a stack', async () => {
  write('charts/main.ts', "process.stdout.write('verdict\\n');\n");
  const line = `'${process.execPath}' commands/run.mjs charts/main.ts > /dev/full`;
  await expect(promisify(execFile)('sh', ['-c', line], { cwd: folder })).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^error: what this says cannot be written: ENOSPC: .*\n$/),
  });
});
