import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pc from 'picocolors';
import { statusText } from '../../commands/status-text';
import { random } from '../review/planted';
import { cloned, done, env, git, refused, removeClones, run, second, tomorrow, web } from '../support/clones';
import { root } from '../support/root';

jest.setTimeout(120_000);
afterAll(removeClones);

function eren(cwd: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['eren', ...args], {
    cwd,
    env,
    encoding: 'utf8',
  });
  return { code: status, out: stdout, err: stderr };
}

test('every script of package.json that is one of its commands runs what it runs', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const source = readFileSync(join(root, 'commands/table.cjs'), 'utf8');
  const files = [...source.matchAll(/^ {2}'?([\w:]+)'?: \['([\w/.-]+)',/gm)].map(
    ([, name = '', file = '']) => [name, file] as const,
  );
  expect(files.length).toBeGreaterThan(12);
  expect(files.filter(([name, file]) => !scripts[name]?.split(' ').includes(file))).toEqual([]);
});

test('-o is the form of a report, in every command that has it', () => {
  const source = readFileSync(join(root, 'commands/table.cjs'), 'utf8');
  const files = [...source.matchAll(/\['((?:commands|charts|terraform-bridge)\/[\w/-]+\.(?:ts|mjs))',/g)].map(
    ([, file]) => file,
  );
  const meant = files.flatMap((file = '') =>
    (readFileSync(join(root, file), 'utf8').match(/'-o\b[^']*'|'--output\b[^']*'/g) ?? []).map(
      (each) => `${file} ${each}`,
    ),
  );
  expect(files.length).toBeGreaterThan(15);
  // What Amazon's and ssh's own programs are given is theirs.
  expect(meant.filter((each) => !/tunnel\.ts|'--output',?$/.test(each))).toEqual([]);
  expect(eren(root, 'synth', '-o', 'x')).toMatchObject({
    code: 2,
    err: expect.stringContaining("unknown option '-o'"),
  });
});

test.each([
  ['synth', 'charts/main.ts', '--watch', 'true', []],
  ['synth', 'charts/main.ts', '--into', 'true', ['/tmp/preview']],
  ['terraform', 'terraform-bridge/main.ts', '--into', 'true', ['/tmp/preview']],
])('npm run %s refuses the option that npm has kept: %s %s', (script, entry, option, value, words) => {
  const kept = { npm_lifecycle_event: script, [`npm_config_${option.slice(2)}`]: value };
  const { status, stderr } = spawnSync(process.execPath, ['commands/run.mjs', entry, ...words], {
    cwd: root,
    env: { ...env, ...kept },
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([
    2,
    `error: npm has kept ${option} to itself; write -- before the options: npm run ${script} -- ${[option, ...words].join(' ')}\n`,
  ]);
});

test('it names its commands, its version, and the nearest to what is not one', () => {
  expect(eren(root).out).toMatch(/status +what runs where/);
  expect(eren(root, '--version').out).toMatch(/^e-ren-delivery 1\.\d+\.\d+ at [0-9a-f]{7}.*, Node \d+/);
  expect(eren(root, 'rolback')).toMatchObject({ code: 2, err: expect.stringContaining('did you mean rollback?') });
  expect(eren(root, 'toString')).toMatchObject({ code: 2, err: expect.stringContaining('is not a command') });
});

test('a command that it runs is called by its name, and takes its options without --', () => {
  const { code, err } = eren(root, 'rollback', 'production', '--nonsense');
  expect({ code, err }).toEqual({
    code: 2,
    err: expect.stringContaining('(./eren rollback --help shows examples)'),
  });
});

test.each(['synth', 'terraform', 'check', 'diff', 'import', 'comment', 'promote', 'preview', 'verify', 'schemas'])(
  'the usage of %s names the way in which it was called, in every column',
  (name) => {
    const [wrong, help] = [eren(root, name, '--nope'), eren(root, name, '--help')];
    expect([wrong.code, wrong.err.includes(`(./eren ${name} --help shows examples)`)]).toEqual([2, true]);
    expect(help.out).toContain(`Usage: ./eren ${name} `);
    expect(wrong.err + help.out).not.toContain(`npm run ${name}`);
    const { stderr } = spawnSync('npm', ['run', '--silent', name, '--', '--nope'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(stderr).toContain(`(npm run ${name} -- --help shows examples)`);
  },
);

test('an example keeps its column when its command is shorter than that of npm', () => {
  const columns = eren(root, 'diff', '--help')
    .out.split('\n')
    .filter((line) => line.startsWith('  ./eren diff'))
    .flatMap((line) => /(?<=\S {2,})\S/.exec(line)?.index ?? []);
  expect(columns.length).toBeGreaterThan(4);
  expect(new Set(columns).size).toBe(1);
});

test('completion offers commands, environments, apps and options', () => {
  expect(eren(root, '__complete').out.split('\n')).toEqual(
    expect.arrayContaining(['status', 'promote', 'rollback']),
  );
  expect(eren(root, '__complete', 'rollback').out.split('\n')).toEqual(
    expect.arrayContaining(['production', 'staging', '--push']),
  );
  expect(eren(root, '__complete', 'rollback', 'production').out.split('\n')).toEqual(
    expect.arrayContaining(['web', 'sidekiq', '--to']),
  );
  expect(eren(root, '__complete', 'check').out.split('\n')).toContain('--only-new');
  const script = eren(root, 'completion', 'bash').out;
  const typed = `${script}\nCOMP_WORDS=(./eren roll); COMP_CWORD=1; _eren; echo "\${COMPREPLY[@]}"`;
  expect(execFileSync('bash', ['-c', typed], { cwd: root, encoding: 'utf8' }).trim()).toBe('rollback');
  expect(eren(root, 'completion', 'tcsh')).toMatchObject({ code: 2 });
});

test('completion offers no name that a shell would run', () => {
  const clone = mkdtempSync(join(tmpdir(), 'completion-'));
  cpSync(join(root, 'commands'), join(clone, 'commands'), { recursive: true });
  cpSync(join(root, 'package.json'), join(clone, 'package.json'));
  mkdirSync(join(clone, 'charts'));
  cpSync(join(root, 'charts/program.json'), join(clone, 'charts/program.json'));
  symlinkSync('commands/eren.mjs', join(clone, 'eren'));
  const images = join(clone, 'charts/environments/images');
  for (const name of ['production', '$(touch${IFS}ran)', '`touch ran`', 'a b;touch ran', '..x', '-x'])
    mkdirSync(join(images, name), { recursive: true });
  for (const name of ['web', '$(touch${IFS}ran)', 'a b'])
    writeFileSync(join(images, 'production', `${name}.txt`), '');
  const names = (...words: string[]) =>
    eren(clone, '__complete', ...words)
      .out.split('\n')
      .filter((word) => word && !word.startsWith('--'));
  expect([names('rollback'), names('rollback', 'production')]).toEqual([['production'], ['web']]);
  const script = eren(root, 'completion', 'bash').out;
  const typed = `${script}\nCOMP_WORDS=(./eren rollback ''); COMP_CWORD=2; _eren; echo "\${COMPREPLY[@]}"`;
  execFileSync('bash', ['-c', typed], { cwd: clone });
  expect(existsSync(join(clone, 'ran'))).toBe(false);
  rmSync(clone, { recursive: true });
});

test('status says from git what runs where, since when, by whom, and what is pending', async () => {
  const clone = cloned();
  await done(clone, 'promote', 'staging', 'web', second, '--commit');
  git(clone, 'push', '--quiet', 'origin', 'HEAD:refs/heads/other');
  git(clone, 'update-ref', 'refs/remotes/origin/main', 'HEAD');
  const { out } = await done(clone, 'status', '--no-live');
  expect(out).toMatch(
    /production\n {2}web +1111111-1 +since \d{4}-\d\d-\d\d \d\d:\d\d \S+ +by Jenkins in [0-9a-f]{7}/,
  );
  expect(out).toContain('pending staging runs web 2222222-2: ./eren promote production --from staging --push');
  expect(out).toContain('pending the canary of web 2222222-2 has not been recorded as passed');
  expect(out).toContain('no cluster was asked: as --no-live says');
  const { out: json } = await done(clone, 'status', 'staging', '--no-live', '-o', 'json');
  const [staging, ...others] = JSON.parse(json).environments;
  expect(others).toEqual([]);
  expect(staging.apps[0]).toMatchObject({ app: 'web', tag: '2222222-2', by: 'Jenkins', passed: false });
  await refused(2, '"prod" is not an environment', clone, 'status', 'prod');
});

test('what git, a freeze and a file of images hold is shown without secrets, escapes and commands of a runner', async () => {
  const clone = cloned();
  const token = `ghp_${random(1, 36)}`;
  const hostile = `Ann \u001b[31m${token} password=hunter2hunter2`;
  writeFileSync(join(clone, web), `${second}\n`);
  git(
    clone,
    '-c',
    `user.name=${hostile}`,
    'commit',
    '--quiet',
    '--all',
    '-m',
    '::stop-commands::x',
    `--author=${hostile} <a@b.c>`,
  );
  mkdirSync(join(clone, 'charts/environments/freezes'), { recursive: true });
  writeFileSync(join(clone, 'charts/environments/freezes/production.txt'), `${tomorrow} ${hostile}: ${hostile}\n`);
  git(clone, 'add', '--all');
  git(clone, 'commit', '--quiet', '-m', 'freeze');
  const said = await Promise.all([
    done(clone, 'status', '--no-live'),
    done(clone, 'status', '--no-live', '-o', 'json'),
    done(clone, 'freeze', 'production'),
    done(clone, 'freeze', 'staging', '--until', tomorrow, '--reason', `see ${token}`),
    run(clone, ['promote', 'staging', 'web', second.replace('2222222-2', token)]),
  ]);
  const all = said.map(({ out, err }) => out + err).join('\n');
  expect(all).toContain('(hidden)');
  expect(['ghp_', 'hunter2', '\u001b'].filter((each) => all.includes(each))).toEqual([]);
});

test('a cluster that does not answer is said and fails nothing', async () => {
  const clone = cloned();
  const kubeconfig = join(clone, 'kubeconfig');
  const config = (server: string) =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'one',
      clusters: [{ name: 'one', cluster: { server } }],
      users: [{ name: 'one', user: { token: 'none' } }],
      contexts: [{ name: 'one', context: { cluster: 'one', user: 'one' } }],
    });
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  const { port } = server.address() as { port: number };
  await new Promise((closed) => server.close(closed));
  writeFileSync(kubeconfig, config(`https://127.0.0.1:${port}`));
  const { code, out } = await run(clone, ['status', 'production', '--kubeconfig', kubeconfig]);
  expect(code).toBe(0);
  expect(out).toContain('no cluster was asked: https://127.0.0.1');
  await refused(2, 'the file does not exist', clone, 'status', '--kubeconfig', '/nowhere');
});

test('what the cluster says of a canary stands below what git says', () => {
  const text = statusText(
    {
      ref: 'origin/main',
      commit: 'a'.repeat(40),
      committed: '2026-11-20T14:03:00+00:00',
      previews: [{ number: '12', tag: 'a', opened: '2026-11-30T08:00:00Z', pushed: '2026-11-30T09:00:00Z' }],
      environments: [{ environment: 'production', apps: [{ app: 'web' }], pending: [] }],
      live: {
        asked: true,
        environments: [
          {
            environment: 'production',
            rollouts: [
              {
                name: 'e-ren-rollout',
                phase: 'Paused',
                step: 2,
                steps: 6,
                weight: 20,
                message: 'CanaryPauseStep',
                ready: 4,
                replicas: 4,
              },
            ],
            applications: [{ name: 'production-web', sync: 'Synced', health: 'Suspended' }],
          },
          {
            environment: 'preview-12',
            rollouts: [],
            applications: [{ name: 'preview-12', sync: 'Synced', health: 'Healthy' }],
          },
        ],
      },
    },
    { colors: pc.createColors(false), width: 100 },
  );
  expect(text).toBe(`production
  web  nothing yet
  Rollout e-ren-rollout: Paused, step 2 of 6, 20 % to the new version, 4 of 4 pods ready, CanaryPauseStep
  Application production-web: Synced, Suspended

preview 12
  a  since 2026-11-30 09:00 UTC
  1 Application Synced and Healthy

origin/main at aaaaaaa, 2026-11-20 14:03 UTC
`);
});

test.each([
  [['check', '--explain', 'cannary-pause'], 'did you mean canary-pause?'],
  [['comment'], '--pull, --markdown, --json: not given, and needed'],
  [['import', '--nonsense'], '--help shows examples'],
  [['synth', '--nonsense'], "unknown option '--nonsense'"],
  [['terraform', '--nonsense'], "unknown option '--nonsense'"],
])('%j is wrong usage: exit code 2, and what to do', (args, said) => {
  expect(eren(root, ...args)).toMatchObject({ code: 2, err: expect.stringContaining(said) });
});

test('promote says all that is wrong at once', () => {
  const { code, err } = eren(root, 'promote', 'stagin', 'web', 'x');
  expect(code).toBe(2);
  for (const said of ['"stagin" is not an environment', '"x" is not an app', 'web and x: no image is given'])
    expect(err).toContain(said);
});

test('without packages it says what to run, in one line', () => {
  const clone = cloned();
  rmSync(join(clone, 'node_modules'));
  for (const args of [
    ['commands/run.mjs', 'charts/main.ts'],
    ['eren', 'synth'],
    ['eren', 'import'],
    ['eren', 'lint'],
  ]) {
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: clone, env, encoding: 'utf8' });
    expect([status, stderr]).toEqual([2, 'error: the packages are not installed; run npm ci\n']);
  }
});
