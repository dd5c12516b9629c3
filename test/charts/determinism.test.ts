import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../support/root';

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'synth-'));
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

/** The bytes below a folder as one digest. */
function digest(folder: string): string {
  const hash = createHash('sha256');
  const walk = (path: string) => {
    for (const item of readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1)))
      if (item.isDirectory()) walk(join(path, item.name));
      else hash.update(join(path, item.name).slice(folder.length)).update(readFileSync(join(path, item.name)));
  };
  walk(folder);
  return hash.digest('hex');
}

function synth(at: string, to: string, options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}) {
  return spawnSync(process.execPath, [join(at, 'commands/run.mjs'), 'charts/main.ts', '--into', to], {
    encoding: 'utf8',
    cwd: options.cwd ?? at,
    env: { ...process.env, NO_COLOR: '1', ...options.env },
  });
}

/** The sources in a folder of their own, with a compiled program of their own. */
function copy(): string {
  const to = join(scratch, 'copy');
  for (const item of [
    'charts',
    'commands',
    'examples',
    'imports',
    'systems',
    'terraform-bridge',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
  ])
    cpSync(join(root, item), join(to, item), {
      recursive: true,
      filter: (path) => !path.endsWith('/node_modules'),
    });
  cpSync(join(root, 'node_modules/.bin'), join(to, 'node_modules/.bin'), { recursive: true });
  for (const item of readdirSync(join(root, 'node_modules')))
    if (!item.startsWith('.')) symlinkSync(join(root, 'node_modules', item), join(to, 'node_modules', item));
  return to;
}

test('the same source gives the same bytes in another folder, language, time zone and sort order', () => {
  const [here, there] = [join(scratch, 'here'), join(scratch, 'there')];
  expect(synth(root, here).status).toBe(0);
  const elsewhere = {
    LANG: 'tr_TR.UTF-8',
    LC_ALL: 'tr_TR.UTF-8',
    TZ: 'Pacific/Kiritimati',
    CDK8S_DISABLE_SORT: '1',
    HOME: scratch,
  };
  expect(synth(root, there, { cwd: tmpdir(), env: elsewhere }).status).toBe(0);
  expect(digest(there)).toBe(digest(here));
  expect(digest(join(here, 'dist'))).toBe(digest(join(root, 'dist')));
});

test('the program is compiled anew for a changed source, whatever its date, and is never stale', () => {
  const at = copy();
  const to = join(scratch, 'to');
  expect(synth(at, to).status).toBe(0);
  const file = join(at, 'charts/environments/production.ts');
  const before = readFileSync(file, 'utf8');
  const dates = execFileSync('stat', ['-c', '%y', file], { encoding: 'utf8' }).trim();
  writeFileSync(file, before.replace("deregistrationDelay: '20s'", "deregistrationDelay: '21s'"));
  execFileSync('touch', ['-d', dates, file]);
  expect(synth(at, to).stdout).toContain('wrote   dist/production/web/Ingress.eren-ingress.yaml');
  writeFileSync(file, before);
  expect(synth(at, to).status).toBe(0);
  expect(digest(join(to, 'dist'))).toBe(digest(join(root, 'dist')));
}, 30_000);

test('wrong settings end with 2, every problem on a line of its own, and nothing written', () => {
  const at = copy();
  const to = join(scratch, 'to');
  const file = join(at, 'charts/environments/production.ts');
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace('min: 3', 'min: 7').replace("preStop: '25s'", "preStop: '5s'"),
  );
  const run = synth(at, to, { env: { NO_COLOR: '1' } });
  expect(run.status).toBe(2);
  expect(run.stderr.trim().split('\n')).toEqual([
    'error charts/environments/production.ts: web.autoscaling.min: 7 is above max, 6; lower min or raise max',
    'error charts/environments/production.ts: web.drain.preStop: 5s must be longer than deregistrationDelay, 20s, or open requests are cut',
    '2 problems; nothing was written',
  ]);
  expect(readdirSync(scratch)).toEqual(['copy']);
}, 30_000);

test('a source that does not compile ends with 2 and says where', () => {
  const at = copy();
  appendFileSync(join(at, 'charts/web.ts'), '\nconst = 1;\n');
  const run = synth(at, join(scratch, 'to'));
  expect(run.status).toBe(2);
  expect(run.stderr).toMatch(/^charts\/web\.ts:\d+:\d+: Expected identifier/);
}, 30_000);

test('a mistake in a chart ends with 2 and shows its line, not one of the compiled program', () => {
  const at = copy();
  const file = join(at, 'charts/redis.ts');
  writeFileSync(file, readFileSync(file, 'utf8').replace('keepAvailable(server)', 'keepAvailable(null as never)'));
  const run = synth(at, join(scratch, 'to'));
  expect(run.status).toBe(2);
  expect(run.stderr).toMatch(
    /^TypeError: .*\n.*keepAvailable \(charts\/constructs\/keep-available\.ts:\d+:\d+\)\n.*\(charts\/redis\.ts:/,
  );
}, 30_000);

test('help shows examples and exit codes', () => {
  const help = execFileSync(process.execPath, ['commands/run.mjs', 'charts/main.ts', '--help'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(help).toMatch(/Examples:[\s\S]*Exit codes:/);
});
