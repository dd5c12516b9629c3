import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { settings } from '../../charts/environments';
import { appNames, apps } from '../../charts/images';
import { root } from '../support/root';

const read = (file: string) => readFileSync(join(root, file), 'utf8');
const text = read('.github/workflows/rollback.yaml');
const workflow = parse(text, { strict: true });
const { rollback } = workflow.jobs;

const folder = mkdtempSync(join(tmpdir(), 'button-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, '.ci'));
cpSync(join(root, '.ci/rollback'), join(folder, '.ci/rollback'));
// What the command was given, a word a line.
writeFileSync(join(folder, 'eren'), '#!/bin/sh\nprintf "<%s>\\n" "$@"\n', { mode: 0o755 });

function pressed(env: Record<string, string>) {
  const { status, stdout, stderr } = spawnSync(join(folder, '.ci/rollback'), {
    env: { PATH: process.env.PATH, ENVIRONMENT: 'production', APPS: 'web', TO: '', COMMIT: '', ...env },
    encoding: 'utf8',
  });
  return status === 0
    ? stdout
        .trim()
        .split('\n')
        .map((word) => word.slice(1, -1))
    : stderr;
}

test.each([
  [{}, ['rollback', '--push', '--', 'production', 'web']],
  [{ APPS: 'web sidekiq' }, ['rollback', '--push', '--', 'production', 'web', 'sidekiq']],
  [{ TO: '4f2c9de-121' }, ['rollback', '--push', '--to=4f2c9de-121', '--', 'production', 'web']],
  [{ COMMIT: '4f2c9de' }, ['revert', '--push', '--', '4f2c9de']],
  // Nothing that somebody types becomes an option, a second word or a program.
  [
    { TO: 'x --remote https://example.com $(id) `id`; id' },
    ['rollback', '--push', '--to=x --remote https://example.com $(id) `id`; id', '--', 'production', 'web'],
  ],
  [{ COMMIT: '--remote=https://example.com; id' }, ['revert', '--push', '--', '--remote=https://example.com; id']],
  [{ ENVIRONMENT: '--remote=x $(id)' }, ['rollback', '--push', '--', '--remote=x $(id)', 'web']],
  [{ APPS: '--remote=x * $(id)' }, ['rollback', '--push', '--', 'production', '--remote=x', '*', '$(id)']],
])('pressed with %j it runs the command of a laptop', (env, words) => {
  expect(pressed(env)).toEqual(words);
});

test('it wants one of an image and a commit, and an environment', () => {
  expect(pressed({ TO: 'x', COMMIT: 'y' })).toContain('give one of the two');
  expect(pressed({ ENVIRONMENT: '' })).toContain('ENVIRONMENT');
});

describe('the workflow', () => {
  test('is started by a person only, and runs from the delivered branch only', () => {
    expect(Object.keys(workflow.on)).toEqual(['workflow_dispatch']);
    expect(rollback.if).toBe('${{ github.ref_name == github.event.repository.default_branch }}');
    expect(rollback.environment).toBe('delivery');
  });

  test('offers the environments and the apps that there are', () => {
    const { environment, apps: offered } = workflow.on.workflow_dispatch.inputs;
    const back = appNames.filter((app) => !('forward' in apps[app]));
    expect(environment.options).toEqual(settings.environments.map(({ name }) => name));
    expect(offered.options).toEqual([...back, back.join(' ')]);
  });

  test('has a token that may write after all packages are there, of one right, and in no file', () => {
    expect(workflow.permissions).toEqual({});
    expect(rollback.permissions).toEqual({ contents: 'read' });
    const uses = rollback.steps.map(({ uses: action, run }: any) => run ?? action.split('@')[0]);
    expect(uses).toEqual([
      'actions/checkout',
      'actions/setup-node',
      'npm ci',
      'actions/create-github-app-token',
      // In the summary what is indented is code, whatever the subject of a commit says.
      `.ci/rollback | tee /dev/stderr | sed 's/^/    /' >> "$GITHUB_STEP_SUMMARY"`,
    ]);
    const [checkout, , , token, press] = rollback.steps;
    expect(checkout.with['persist-credentials']).toBe(false);
    expect(Object.keys(token.with).filter((name) => name.startsWith('permission-'))).toEqual([
      'permission-contents',
    ]);
    // With this shell a pipe fails when the command does.
    expect(press.shell).toBe('bash');
    expect(text.match(/secrets\.\w+/g)).toEqual(['secrets.DELIVERY_PRIVATE_KEY']);
  });

  test('pins every action by its commit, and makes no script of what a person typed', () => {
    const used = text.match(/^.*uses:.*$/gm) ?? [];
    expect(used.filter((line) => !/uses: actions\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([]);
    expect(used).toHaveLength(3);
    expect(rollback.steps.filter(({ run }: any) => run?.includes('${{'))).toEqual([]);
  });

  test('gives git the token by a helper that git understands', () => {
    const { env } = rollback.steps.at(-1);
    const given = Object.fromEntries(
      Object.entries<unknown>(env).filter(([name]) => name.startsWith('GIT_CONFIG_')),
    ) as Record<string, string>;
    const answer = execFileSync('git', ['credential', 'fill'], {
      input: 'protocol=https\nhost=github.com\n\n',
      env: {
        ...process.env,
        ...Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)])),
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_TERMINAL_PROMPT: '0',
        DELIVERY_TOKEN: 'played',
      },
      encoding: 'utf8',
    });
    expect(answer).toContain('username=x-access-token\npassword=played\n');
  });
});
