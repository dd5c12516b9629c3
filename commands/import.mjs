// Types of the custom resources, from the definitions in imports/crds (offline), or a definition from where it is
// published: `npm run import -- --refresh <path>`.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { dump, load } from 'js-yaml';
import { asCalled } from './table.cjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

new Command(asCalled('npm run import --'))
  .description('Writes imports/*.ts, the types of the custom resources, from the definitions in imports/crds.')
  .option('--into <folder>', 'write into this folder instead', join(root, 'imports'))
  .option('-r, --refresh <path>', 'first fetch this definition of imports/crds/sources.yaml anew from its address')
  .addHelpText(
    'after',
    '\nExamples:\n  npm run import\n  npm run import -- --refresh argo-rollouts-v1.9.1/rollout-crd.yaml\n\nExit codes: 0 written, 1 the address did not answer, 2 unknown definition',
  )
  // Commander's own is 1, which says elsewhere that a gate failed.
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .showHelpAfterError(asCalled('(npm run import -- --help shows examples)'))
  .configureOutput({
    writeOut: (text) => process.stdout.write(asCalled(text)),
    outputError: (text, write) => write(asCalled(text)),
  })
  .action(async ({ into: output, refresh }) => {
    if (refresh) await fetchDefinition(refresh);
    const cli = join(root, 'node_modules', '.bin', 'cdk8s');
    const run = spawnSync(cli, ['import', '--check-upgrade', 'false', '--no-save', '--output', output], {
      cwd: root,
      encoding: 'utf8',
    });
    if (run.status !== 0) fail(1, `cdk8s import failed:\n${run.stdout}${run.stderr}`);
    const written = readdirSync(output).filter((file) => file.endsWith('.ts'));
    console.log(`${written.length} files of types written to ${output}: ${written.join(', ')}`);
  })
  .parse();

async function fetchDefinition(path) {
  const sources = load(readFileSync(join(root, 'imports/crds/sources.yaml'), 'utf8'));
  const url = sources[path];
  if (!url) fail(2, `${path} is not in imports/crds/sources.yaml; it has ${Object.keys(sources).join(', ')}`);
  const answer = await fetch(url).catch((error) => fail(1, `${url}: ${error.cause?.message ?? error.message}`));
  if (!answer.ok) fail(1, `${url}: answered ${answer.status}`);
  const file = join(root, 'imports/crds', path);
  writeFileSync(`${file}.new`, dump(withoutProse(load(await answer.text())), { lineWidth: -1, noRefs: true }));
  renameSync(`${file}.new`, file);
}

/** Prose is three quarters of a definition and says nothing to a machine; a field may be called `description` as well. */
function withoutProse(value) {
  if (Array.isArray(value)) return value.map(withoutProse);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, inner]) => key !== 'description' || typeof inner !== 'string')
      .map(([key, inner]) => [key, withoutProse(inner)]),
  );
}

function fail(code, message) {
  console.error(message);
  process.exit(code);
}
