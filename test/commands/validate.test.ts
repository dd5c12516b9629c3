import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../support/root';

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'validate-'));
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

/** Runs the command where `terraform` is this script, which notes what it was asked and in which folder. */
function validate(script: string | undefined, env: Record<string, string> = {}) {
  const [bin, temporary] = [join(scratch, 'bin'), join(scratch, 'tmp')];
  for (const folder of [bin, temporary]) spawnSync('mkdir', [folder]);
  if (script !== undefined) {
    writeFileSync(
      join(bin, 'terraform'),
      `#!/bin/sh\necho "$*" >> ${scratch}/asked\ncp cdk.tf.json ${scratch}/last.json 2>/dev/null\n${script}\n`,
    );
    chmodSync(join(bin, 'terraform'), 0o755);
  }
  const result = spawnSync(process.execPath, ['commands/run.mjs', 'commands/validate.ts'], {
    cwd: root,
    encoding: 'utf8',
    env: { PATH: script === undefined ? bin : `${bin}:/usr/bin:/bin`, TMPDIR: temporary, NO_COLOR: '1', ...env },
  });
  expect(readdirSync(temporary)).toEqual([]);
  return result;
}
const asked = () => readFileSync(join(scratch, 'asked'), 'utf8').trim().split('\n');

test('both stacks are initialized and validated without their state, and not planned without credentials', () => {
  const { status, stdout } = validate('exit 0');
  expect(stdout).toBe(
    'valid   cluster\nno plan cluster: AWS credentials are missing; set AWS_PROFILE\nvalid   production\nno plan production: AWS credentials are missing; set AWS_PROFILE\n',
  );
  expect(status).toBe(0);
  expect(asked().map((line) => line.split(' ')[0])).toEqual(['version', 'init', 'validate', 'init', 'validate']);
  const { terraform } = JSON.parse(readFileSync(join(scratch, 'last.json'), 'utf8'));
  expect(terraform.backend).toBeUndefined();
  expect(terraform.required_providers.aws.version).toMatch(/^6\./);
});

test('with credentials there is a plan, which locks nothing and asks nothing', () => {
  const { status, stdout } = validate(
    '[ "$1" = plan ] && echo "Plan: 7 to add, 0 to change, 0 to destroy."; exit 0',
    {
      AWS_PROFILE: 'eren',
    },
  );
  expect(stdout).toContain('planned cluster: Plan: 7 to add, 0 to change, 0 to destroy.');
  expect(asked().filter((line) => line.startsWith('plan'))).toEqual([
    'plan -input=false -lock=false -no-color',
    'plan -input=false -lock=false -no-color',
  ]);
  expect(status).toBe(0);
});

test('what the provider refuses fails, with its words', () => {
  const { status, stderr } = validate(
    '[ "$1" = validate ] && { echo "Error: Unsupported argument" >&2; exit 1; }; exit 0',
  );
  expect(stderr).toContain('error cluster: Error: Unsupported argument');
  expect(status).toBe(1);
});

test('a registry that cannot be reached is not a success, and says so', () => {
  const { status, stderr } = validate(
    '[ "$1" = init ] && { echo "Error: Failed to query available provider packages"; echo "no such host"; exit 1; }; exit 0',
  );
  expect(stderr).toContain('not proven cluster: terraform could not fetch the provider');
  expect(stderr).toContain('run this where registry.terraform.io is reached');
  expect(status).toBe(2);
});

test('without a program nothing is proven', () => {
  const { status, stderr } = validate(undefined);
  expect(stderr).toContain('not proven neither terraform nor tofu is installed');
  expect(status).toBe(2);
});
