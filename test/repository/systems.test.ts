import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../support/root';

/** What any system is made with, judged by and run by; what one is called is in its settings. */
const parts = [
  'charts/constructs',
  'charts/argocd',
  'charts/jenkins',
  'charts/terraform-outputs',
  'terraform-bridge',
  'review',
  'commands',
];
const programs = ['output', 'synth', 'files', 'chart-folder', 'application-options', 'images', 'watch', 'main'];
/** What Terraform wrote and writes, and the name of a package. */
const left = /node_modules|^terraform-bridge\/(outputs|stacks|package\.json)/;

const sources = [
  ...parts.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((path) => join(folder, path))
      .filter((path) => /\.(ts|mts|mjs|json)$/.test(path) && !left.test(path)),
  ),
  ...programs.map((name) => `charts/${name}.ts`),
];

test('no part that any system is made with knows what one is called', () => {
  const named = sources.flatMap((path) =>
    readFileSync(join(root, path), 'utf8')
      .split('\n')
      .flatMap((line, i) => (/(?<![a-z])e-?ren/i.test(line) ? [`${path}:${i + 1}: ${line.trim()}`] : [])),
  );
  expect(sources.length).toBeGreaterThan(400);
  expect(named).toEqual([]);
});
