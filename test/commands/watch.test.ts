import { spawn } from 'node:child_process';
import { cloned, edit, env, git, removeClones } from '../support/clones';

jest.setTimeout(240_000);
afterAll(removeClones);

const settings = 'charts/environments/production.ts';

test('synth --watch shows what each save changes, says what cannot work and goes on, until Ctrl-C', async () => {
  const clone = cloned();
  const child = spawn(process.execPath, ['eren', 'synth', '--watch'], { cwd: clone, env });
  let out = '';
  let waiting = () => {};
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part) => {
      out += part;
      waiting();
    });
  /** What was said since the last time, up to that text. */
  const said = (text: string) =>
    new Promise<string>((resolve, reject) => {
      child.once('exit', () => reject(new Error(out)));
      waiting = () => {
        if (!out.includes(text)) return;
        const since = out;
        out = '';
        resolve(since);
      };
      waiting();
    });

  await said('watches charts, imports, terraform-bridge/outputs; Ctrl-C ends it');
  edit(clone, settings, "preStop: '25s'", "preStop: '30s'");
  const shown = await said(' s\n');
  expect(shown).toContain(settings);
  expect(shown).toMatch(/^dist\/production\/web\/Rollout\.e-ren-rollout\.yaml$/m);
  expect(shown).toMatch(/^- +seconds: 25\n\+ +seconds: 30$/m);

  edit(clone, settings, "preStop: '30s'", "preStop: '5s'");
  expect(await said('nothing was written')).toContain('web.drain.preStop: 5s must be longer');
  edit(clone, settings, "preStop: '5s'", "preStop: '25s'");
  expect(await said(' s\n')).toMatch(/^- +seconds: 30\n\+ +seconds: 25$/m);
  edit(clone, settings, '// A person', '// As it is: a person');
  expect(await said(' s\n')).toContain('changes no manifest');

  child.kill('SIGINT');
  expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0);
  expect(git(clone, 'diff', '--stat', '--', 'dist')).toBe('');
});
