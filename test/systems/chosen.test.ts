import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { choose, chosen } from '../../commands/system';
import { systemNamed, systems } from '../../systems';
import { promotedOf } from '../../systems/system';
import { root } from '../support/root';

test('the first system is meant where none is named, and one that is not there is refused by those that are', () => {
  expect(chosen()).toBe(systems[0]);
  expect(choose(systems[0].name)).toBe(systems[0]);
  expect(() => systemNamed('nobody')).toThrow(`nobody is not a system; there are ${systems[0].name}`);
});

test('names and folders of systems are their own, and a folder is below examples/', () => {
  const folders = systems.map(({ folder }) => folder);
  expect(new Set(systems.map(({ name }) => name)).size).toBe(systems.length);
  expect(new Set(folders).size).toBe(systems.length);
  expect(folders.filter((folder) => folder !== '' && !/^examples\/[a-z0-9-]+\/$/.test(folder))).toEqual([]);
  expect(promotedOf({ folder: 'examples/one/' })).toBe('examples/one/environments');
  expect(promotedOf(systems[0])).toBe('charts/environments');
});

test('every command of commands/ is made by command(), which has --system', () => {
  const entries = readdirSync(join(root, 'commands')).filter((file) => {
    const text = file.endsWith('.ts') ? readFileSync(join(root, 'commands', file), 'utf8') : '';
    return /\.parse(Async)?\(/.test(text) && !/^export /m.test(text);
  });
  expect(entries.length).toBeGreaterThan(15);
  const without = entries.filter(
    (file) => !/[^.\w](deployC|c)ommand\(/.test(readFileSync(join(root, 'commands', file), 'utf8')),
  );
  expect(without).toEqual([]);
});

test.each(['charts/main.ts', 'terraform-bridge/main.ts', 'commands/cost.ts'])(
  '%s refuses a system that is not there',
  (entry) => {
    const { status, stderr } = spawnSync('node', ['commands/run.mjs', entry, '--system', 'nobody'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(status).toBe(2);
    expect(stderr).toContain("argument 'nobody' is invalid. Allowed choices are e-ren");
  },
);

test.each(['check', 'cost', 'diff', 'status', 'verify production'])(
  '%s says of a system without a cluster that it has none',
  (command) => {
    const [name, ...more] = command.split(' ');
    const args = ['commands/run.mjs', `commands/${name}.ts`, ...more, '--system', 'rails-on-ecs'];
    const { status, stderr } = spawnSync('node', args, { cwd: root, encoding: 'utf8' });
    expect([status, stderr.trim().split('\n').length]).toEqual([2, 1]);
    expect(stderr).toContain('rails-on-ecs has no cluster and no manifests; use terraform');
  },
);
