import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { type ClusterApi, clusterApi } from '../../../commands/cluster-api';
import { command } from '../../../commands/command';
import { writeResult } from '../../../commands/destination';
import { readTree } from '../../../review/model/tree';
import { judgeObject } from '../../../review/schema/judge';
import { Schemas } from '../../../review/schema/tables';
import { root } from '../../support/root';
import { classes } from './mutate';
import { digest, mutationsOf, type Verdicts } from './verdicts';

const most = 4;

command('fuzz')
  .description(
    'Asks an API server, by strict server-side dry run, what it thinks of seeded mutations of dist/, and writes its verdicts to test/review/fuzz/, where `npm test` compares them with what `npm run check` says offline.',
  )
  .option(
    '--kubeconfig <file>',
    "of a cluster for tests: namespaces and definitions are really created; kubectl's own when absent",
  )
  .option('--seeds <number>', 'mutations of each class', (text) => Number(text), 250)
  .option('--first <number>', 'the first seed; with another than 1 nothing is written', (text) => Number(text), 1)
  .option('-v, --verbose', 'print every disagreement')
  .addHelpText(
    'after',
    '\nExample:\n  npm run fuzz -- --kubeconfig admin.conf\n\nExit codes: 0 recorded, 1 the cluster did not answer, 2 wrong arguments',
  )
  .action(record)
  .parseAsync()
  .catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });

interface Options {
  readonly kubeconfig?: string;
  readonly seeds: number;
  readonly first: number;
  readonly verbose?: boolean;
}

async function record({ kubeconfig, seeds, first, verbose }: Options) {
  const objects = sample();
  const ask = await clusterApi(kubeconfig);
  const version = (await ask('GET', '/version')).body.gitVersion.replace(/^v/, '');
  await prepare(ask, objects);
  const schemas = new Schemas(join(root, 'review/schema/tables'));
  const plural = await plurals(ask);
  const found: Record<string, { digest: string; rejected: number[] }> = {};
  for (const object of objects) {
    const { ok, message } = await dryRun(ask, plural, object);
    if (!ok)
      throw new Error(`${object.kind} ${object.metadata.name} is rejected without any mutation: ${message}`);
  }
  for (const [kind, mutations] of Object.entries(mutationsOf(objects, seeds, first))) {
    const rejected: number[] = [];
    for (const [i, { object, what }] of mutations.entries()) {
      const { ok, message } = await dryRun(ask, plural, object);
      if (!ok) rejected.push(first + i);
      const problems = judgeObject(object, schemas).filter(({ laterOn }) => !laterOn);
      if (verbose && ok !== (problems.length === 0))
        console.log(
          `${kind} ${first + i} ${what}\n    server: ${ok ? 'accepted' : message}\n    here:   ${problems.map(({ path, message }) => `${path.join('.')} ${message}`).join('; ') || 'nothing'}`,
        );
    }
    found[kind] = { digest: digest(mutations), rejected };
    console.log(`${kind}: ${rejected.length} of ${seeds} rejected`);
  }
  if (first !== 1) return;
  const verdicts = { kubernetes: version, seeds, classes: found } as unknown as Verdicts;
  const folder = join(root, 'test/review/fuzz');
  writeResult(objects.map((object) => `${JSON.stringify(object)}\n`).join(''), join(folder, 'objects.jsonl'));
  writeResult(print(verdicts), join(folder, 'verdicts.json'));
}

/** The largest few of each kind: many objects differ in a name only. */
function sample(): any[] {
  const objects = readTree(root).manifests.map(({ object }) => object);
  const size = (object: unknown) => JSON.stringify(object).length;
  const kinds = [...new Set(objects.map(({ kind }) => kind))].sort();
  return kinds.flatMap((kind) =>
    objects
      .filter((each) => each.kind === kind && (kind === 'Namespace' || size(each) < 10_000))
      .sort((a, b) => size(b) - size(a))
      .slice(0, kind === 'Namespace' ? undefined : most),
  );
}

/** Namespaces and definitions have to exist before anything else can be judged. */
async function prepare(ask: ClusterApi, objects: readonly any[]): Promise<void> {
  const crds = join(root, 'imports/crds');
  for (const file of readdirSync(crds, { recursive: true, encoding: 'utf8' })) {
    if (!/\/.*\.yaml$/.test(file)) continue;
    const text = readFileSync(join(crds, file), 'utf8');
    const { metadata } = load(text) as any;
    await really(ask, `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${metadata.name}`, text);
  }
  for (const object of objects.filter(({ kind }) => kind === 'Namespace'))
    await really(ask, `/api/v1/namespaces/${object.metadata.name}`, JSON.stringify(object));
  // New kinds are served, and their schemas known, a moment after they are made.
  await new Promise((resolve) => setTimeout(resolve, 3_000));
}

async function really(ask: ClusterApi, path: string, body: string): Promise<void> {
  const { status, body: said } = await ask(
    'PATCH',
    `${path}?fieldManager=fuzz&force=true`,
    body,
    'application/apply-patch+yaml',
  );
  if (status >= 300) throw new Error(`${path}: ${said.message}`);
}

type Plurals = (
  apiVersion: string,
  kind: string,
) => Promise<{ path: string; plural: string; namespaced: boolean } | undefined>;

async function plurals(ask: ClusterApi): Promise<Plurals> {
  const known = new Map<string, any>();
  return async (apiVersion, kind) => {
    const path = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    if (!known.has(path)) known.set(path, await ask('GET', path.split('/').map(encodeURIComponent).join('/')));
    const resource = known
      .get(path)
      .body.resources?.find((each: any) => each.kind === kind && !each.name.includes('/'));
    return resource && { path, plural: resource.name, namespaced: resource.namespaced };
  };
}

async function dryRun(ask: ClusterApi, plural: Plurals, object: any): Promise<{ ok: boolean; message?: string }> {
  const resource = await plural(object.apiVersion, object.kind);
  if (!resource) return { ok: false, message: `no ${object.kind} in ${object.apiVersion}` };
  const { name, namespace } = object.metadata;
  const inside = resource.namespaced ? `/namespaces/${encodeURIComponent(namespace ?? 'default')}` : '';
  const path = `${resource.path}${inside}/${resource.plural}/${encodeURIComponent(name)}`;
  const query = 'dryRun=All&fieldValidation=Strict&fieldManager=fuzz&force=true';
  const { status, body } = await ask(
    'PATCH',
    `${path}?${query}`,
    JSON.stringify(object),
    'application/apply-patch+yaml',
  );
  return { ok: status < 300, message: body.message };
}

function print({ kubernetes, seeds, classes: of }: Verdicts): string {
  const lines = classes.map((kind) => `    ${JSON.stringify(kind)}: ${JSON.stringify(of[kind])}`);
  return `{\n  "kubernetes": ${JSON.stringify(kubernetes)},\n  "seeds": ${seeds},\n  "classes": {\n${lines.join(',\n')}\n  }\n}\n`;
}
