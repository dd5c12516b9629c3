import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settings as committed } from '../../charts/environments';
import { contents, page } from '../../commands/rule-page';
import { fileOf, rules } from '../../review/rules';
import { Schemas } from '../../review/schema/tables';
import { manifests } from '../support/manifests';
import { root } from '../support/root';

const tables = join(root, 'review/schema/tables');
const schemas = new Schemas(tables);
const read = (folder: string) =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));

test('docs/rules is what the rules say (npm run rules)', () => {
  const pages = rules.map((rule) => [`${rule.id}.md`, page(rule, fileOf(rule.id))]);
  expect(read(join(root, 'docs/rules'))).toEqual({ 'README.md': contents(rules), ...Object.fromEntries(pages) });
});

test('the tables of custom resources are what imports/crds say (npm run schemas)', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'schemas-'));
  try {
    cpSync(tables, scratch, { recursive: true });
    const args = ['commands/run.mjs', 'commands/schemas.ts', '--into', scratch];
    execFileSync(process.execPath, args, { cwd: root, stdio: 'pipe' });
    expect(read(scratch)).toEqual(read(tables));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}, 60_000);

test('every kind that is committed has a table, and the built-in ones are of the minor version of the cluster', () => {
  const unknown = manifests.filter(({ apiVersion, kind }) => !schemas.kind(apiVersion, kind));
  expect(unknown.map(({ path }) => path)).toEqual([]);
  expect(schemas.kubernetes).toMatch(new RegExp(`^${committed.cluster.kubernetes.replace('.', '\\.')}\\.\\d+$`));
});
