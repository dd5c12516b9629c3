import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { files } from '../support/live';
import { root } from '../support/root';

/** Every file below a folder, path to text. */
function tree(folder: string, under = ''): Record<string, string> {
  return Object.fromEntries(
    readdirSync(join(folder, under), { withFileTypes: true }).flatMap((item) => {
      const path = under ? `${under}/${item.name}` : item.name;
      return item.isDirectory()
        ? Object.entries(tree(folder, path))
        : [[path, readFileSync(join(folder, path), 'utf8')]];
    }),
  );
}

function committed(folder: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tree(join(root, folder))).map(([path, text]) => [`${folder}/${path}`, text]),
  );
}

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'golden-'));
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

test('dist and argocd are what the code generates (npm run synth)', () => {
  expect({ ...committed('dist'), ...committed('argocd') }).toEqual(Object.fromEntries(files));
});

test('cdk8s synth writes the same bytes to the folder it is given', () => {
  const cdk8s = join(root, 'node_modules', '.bin', 'cdk8s');
  const beside = join(scratch, 'dist', 'production');
  mkdirSync(beside, { recursive: true });
  writeFileSync(join(beside, 'ConfigMap.mine.yaml'), 'mine');
  const options = { cwd: root, encoding: 'utf8', stdio: 'pipe' } as const;
  execFileSync(cdk8s, ['synth', '--check-upgrade', 'false', '-o', join(scratch, 'preview')], options);
  expect(tree(join(scratch, 'preview'))).toEqual(tree(join(root, 'dist')));
  expect(readdirSync(scratch).sort()).toEqual(['dist', 'preview']);
  expect(readdirSync(beside)).toEqual(['ConfigMap.mine.yaml']);
});

test('imports are what cdk8s makes of imports/crds (npm run import)', () => {
  execFileSync(process.execPath, ['commands/import.mjs', '--into', scratch], { cwd: root, stdio: 'pipe' });
  const generated = Object.entries(tree(join(root, 'imports'))).filter(([path]) => path.endsWith('.ts'));
  expect(tree(scratch)).toEqual(Object.fromEntries(generated));
}, 60_000);
