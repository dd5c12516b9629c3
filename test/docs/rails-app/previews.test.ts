import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../support/root';

const jenkinsfile = readFileSync(join(root, 'docs/rails-app/Jenkinsfile'), 'utf8');
const [, written = ''] = /def closePreview\(\) \{[\s\S]*?script: '''([\s\S]*?)'''/.exec(jenkinsfile) ?? [];
/** As Groovy reads it. */
const script = written.replaceAll('\\\\', '\\');

const folder = mkdtempSync(join(tmpdir(), 'merged-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, 'charts/environments/previews'), { recursive: true });
writeFileSync(join(folder, 'charts/environments/previews/12.json'), '{}');
const program = (name: string, text: string) =>
  writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
program('eren', 'printf "<%s>" "$@"');
program('git', 'printf "%s\\n" "$SUBJECT"');

test.each([
  ['Add a map (#12)', '<preview><close><12><--push>'],
  ['Merge pull request #12 from e-ren/map', '<preview><close><12><--push>'],
  ['Revert "Add a map (#12)" (#13)', ''],
  ['Add a map (#13)', ''],
  ['Merge pull request #13 from e-ren/map (#12', ''],
  ['Add a map, see #12', ''],
  ['Add a map (#../../12)', ''],
  ['', ''],
])('after the merge of %j the preview of that pull request is closed, if there is one', (subject, said) => {
  const env = { PATH: `${folder}:${process.env.PATH}`, SUBJECT: subject, GIT_COMMIT: 'HEAD' };
  const { status, stdout, stderr } = spawnSync('sh', ['-eu'], {
    cwd: folder,
    input: script,
    env,
    encoding: 'utf8',
  });
  expect([stdout, stderr, status]).toEqual([said, '', 0]);
});
