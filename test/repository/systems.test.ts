import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../support/root';

/** What any system is made with; what one is called is in its settings. */
const parts = ['charts/constructs', 'charts/argocd', 'terraform-bridge'];
const programs = ['output', 'synth', 'files', 'chart-folder', 'application-options', 'images', 'watch', 'main'];

const sources = [
  ...parts.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !path.includes('node_modules'))
      .map((path) => join(folder, path)),
  ),
  ...programs.map((name) => `charts/${name}.ts`),
];

test('no part that any system is made with knows what one is called', () => {
  const named = sources.flatMap((path) =>
    readFileSync(join(root, path), 'utf8')
      .split('\n')
      .flatMap((line, i) => (/\be-?ren/i.test(line) ? [`${path}:${i + 1}: ${line.trim()}`] : [])),
  );
  expect(sources.length).toBeGreaterThan(50);
  expect(named).toEqual([]);
});
