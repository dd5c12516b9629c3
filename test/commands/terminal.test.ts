import { spawnSync } from 'node:child_process';
import { isColored } from '../../commands/terminal';
import { root } from '../support/root';

const { NO_COLOR: _, FORCE_COLOR: __, ...plain } = process.env;

/** What the check says into a pipe of a rule, and of one that is not there; whether with colours. */
function explained(rule: string, env: Record<string, string>, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['commands/run.mjs', 'commands/check.ts', '--explain', rule, ...args],
    { cwd: root, env: { ...plain, ...env }, encoding: 'utf8' },
  );
  expect(stdout + stderr).toContain(rule);
  return [status, `${stdout}${stderr}`.includes('\u001b[')];
}

test.each<[string, string[], Record<string, string>, boolean]>([
  ['nothing asked for', [], {}, false],
  ['nothing asked for, in CI', [], { CI: 'true' }, false],
  ['auto', ['--color', 'auto'], {}, false],
  ['always', ['--color', 'always'], {}, true],
  ['always, whatever the environment says', ['--color=always'], { NO_COLOR: '1' }, true],
  ['never', ['--color', 'never'], { FORCE_COLOR: '1' }, false],
  ['auto, and FORCE_COLOR', ['--color', 'auto'], { FORCE_COLOR: '1' }, true],
])('into a pipe a report and an error have the colours of: %s', (_, args, env, colored) => {
  expect(explained('stale', env, ...args)).toEqual([0, colored]);
  expect(explained('no-such-rule', env, ...args)).toEqual([2, colored]);
});

test('a terminal has colours unless it has none, or nobody wants them', () => {
  const at = (env: NodeJS.ProcessEnv) => isColored({ isTTY: true }, 'auto', env);
  expect([at({}), at({ TERM: 'dumb' }), at({ NO_COLOR: '1' }), at({ FORCE_COLOR: '0' })]).toEqual([
    true,
    false,
    false,
    false,
  ]);
});
