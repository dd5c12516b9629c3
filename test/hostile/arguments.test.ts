import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { references } from '../../commands/trailers';
import { root } from '../support/root';

/** What a command says, and how it ends; nothing here gets as far as writing. */
function said(...args: string[]): Promise<{ code: unknown; text: string }> {
  const [command, ...others] = args;
  const all = [join(root, 'commands/run.mjs'), `commands/${command}.ts`, ...others];
  return new Promise((resolve) =>
    execFile(process.execPath, all, { cwd: root }, (error, out, err) =>
      resolve({ code: error?.code ?? 0, text: out + err }),
    ),
  );
}

test.concurrent.each([
  [
    ['promote', 'staging', '--from', 'production', '--push', '--remote', '--upload-pack=touch x'],
    'begin with a hyphen',
  ],
  [['promote', 'staging', '--from', 'production', '--push', '--branch=-f'], 'begin with a hyphen'],
  [['freeze', 'production', '--end', '--push', '--branch', 'main:refs/heads/mine'], 'the name of one branch'],
  [['revert', 'HEAD', '--push', '--branch', '*'], 'the name of one branch'],
  [['check', '--base=--help'], 'begin with a hyphen'],
  [['diff', '--base=--output=x'], 'begin with a hyphen'],
  [['rollback', 'production', 'web', '--to='], 'no image ""'],
  [['promote', 'staging', 'web=x', '--resume', '{'], 'leave it out'],
  [['promote', 'staging', 'web=x', '--resume', '{"attempt":1,"choice":{"images":{"web":{}}}}'], 'leave it out'],
  [['promote', 'staging', 'web=x', '--reference-repourl', 'javascript:alert(1)'], 'Write a URL'],
])('%j is refused as an argument, before git sees it', async (args, reason) => {
  const { code, text } = await said(...args);
  expect(text).toContain(reason);
  expect(text).not.toMatch(/^\s+at /m);
  expect(code).toBe(2);
});

test('a reference keeps neither login nor query, where tokens are', () => {
  const of = 'https://me:secret@github.com/e-ren/e-ren.git?access_token=secret#secret';
  expect(references.repourl?.parse(of)).toBe('https://github.com/e-ren/e-ren.git');
});
