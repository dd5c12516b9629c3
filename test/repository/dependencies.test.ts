import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { root } from '../support/root';

const listed = (file: string) => {
  const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(join(root, file), 'utf8'));
  return [...Object.keys(dependencies), ...Object.keys(devDependencies)];
};
const sources = spawnSync('git', ['ls-files', '*.ts', '*.mjs'], { cwd: root, encoding: 'utf8' })
  .stdout.trim()
  .split('\n')
  .filter((file) => !file.startsWith('imports/') && file !== 'test/repository/dependencies.test.ts');

/** The packages that a source names: what is not a path or a module of Node, and stands where a module's name does. */
function packagesOf(text: string): string[] {
  const code = text.replaceAll(/^\s*(\/\/|\*|\/\*).*$/gm, '');
  const names = [
    ...code.matchAll(/^(?:import|export)\s[^'"`;=()]*\bfrom '([^']+)';/gm),
    ...code.matchAll(/^import '([^']+)';/gm),
    ...code.matchAll(/(?<![.\w])(?:require|import|require\.resolve)\('([^']+)'\)/g),
  ].map(([, name = '']) => name);
  return names
    .filter((name) => !/^(\.|\/|node:)/.test(name) && !builtinModules.includes(name))
    .map((name) => name.split('/', name.startsWith('@') ? 2 : 1).join('/'));
}

test('every package that a source names is listed, and does not only come with another', () => {
  const known = { bridge: listed('terraform-bridge/package.json'), all: listed('package.json') };
  const used = sources.flatMap((file) =>
    packagesOf(readFileSync(join(root, file), 'utf8')).map((name) => ({ file, name })),
  );
  expect(new Set(used.map(({ name }) => name)).size).toBeGreaterThan(15);
  const missing = used.filter(
    ({ file, name }) =>
      !known.all.includes(name) &&
      !((file.startsWith('terraform-bridge/') || file.startsWith('test/')) && known.bridge.includes(name)),
  );
  expect(missing).toEqual([]);
});

test.each([
  ["import a from 'left-pad';", ['left-pad']],
  ["import type { A } from '@scope/name/lib/a';", ['@scope/name']],
  ["import {\n  a,\n  b,\n} from 'name/sub';", ['name']],
  ["import 'side-effect';", ['side-effect']],
  ["export { a } from 'name';", ['name']],
  ["const { a } = require('name');\nawait import('other');", ['name', 'other']],
  ["import { a } from './name';\nimport fs from 'node:fs';\nimport path from 'path';", []],
  ["// import a from 'name';", []],
])('of %j these are packages: %j', (text, expected) => {
  expect(packagesOf(text)).toEqual(expected);
});
