import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { load } from 'js-yaml';
import { makeFolder } from '../charts/files';
import type { Index, Node, Table } from '../review/schema/table';
import { type ClusterApi, clusterApi } from './cluster-api';
import { command, fail, say } from './command';
import { writeResult } from './destination';
import { compact, customKindOf, placeOfType, print, share } from './schema-tables';

const root = dirname(__dirname);

/** What is asked and answered, and never stored. */
const questions = /^apis\/(authentication|authorization)\.k8s\.io\//;

interface Options {
  readonly into: string;
  readonly cluster?: boolean;
  readonly kubeconfig?: string;
}

command('schemas')
  .description(
    'Writes review/schema/tables/, by which `npm run check` judges fields offline, and what `npm run diff` knows of custom kinds: both from imports/crds, and with --cluster the built-in kinds from an API server.',
  )
  .option('--into <folder>', 'write into this folder instead', join(root, 'review/schema/tables'))
  .option('--cluster', "ask the API server of the kubeconfig's current context for the built-in kinds")
  .option('--kubeconfig <file>', 'that of kubectl when absent')
  .addHelpText(
    'after',
    '\nExamples:\n  npm run schemas                                      after npm run import\n  npm run schemas -- --cluster --kubeconfig admin.conf  for a new version of Kubernetes\n\nExit codes: 0 written, 1 the cluster did not answer, 2 wrong arguments',
  )
  .action(write)
  .parseAsync()
  .catch((error: Error) => fail(error, 1));

async function write({ into: output, cluster, kubeconfig }: Options): Promise<void> {
  const index = JSON.parse(readFileSync(join(root, 'review/schema/tables/index.json'), 'utf8')) as Index;
  const builtIn = cluster ? await builtInKinds(await clusterApi(kubeconfig)) : undefined;
  const custom = customKinds();
  const kept = builtIn
    ? {}
    : Object.fromEntries(Object.entries(index.tables).filter(([, table]) => !isCustom(table)));
  const tables = new Map([...(builtIn?.tables ?? []), ...custom]);
  const names = [...tables].flatMap(([name, { apiVersion }]) => (apiVersion ? [[apiVersion, name] as const] : []));
  makeFolder(output);
  const stale = readdirSync(output).filter((file) => file !== 'index.json' && (builtIn || isCustom(file)));
  for (const file of stale) if (!tables.has(file.replace(/\.json$/, ''))) rmSync(join(output, file));
  for (const [name, { table }] of tables) writeResult(print(table), join(output, `${name}.json`));
  const next: Index = {
    kubernetes: builtIn?.version ?? index.kubernetes,
    tables: Object.fromEntries(Object.entries({ ...kept, ...Object.fromEntries(names) }).sort()),
  };
  writeResult(`${JSON.stringify(next, null, 2)}\n`, join(output, 'index.json'));
  const kinds = Object.fromEntries(definitions().map(customKindOf).sort());
  writeResult(`${JSON.stringify(kinds, null, 2)}\n`, join(output, '..', 'custom-kinds.json'));
  say(`${tables.size} tables written to ${output}, Kubernetes ${next.kubernetes}`);
}

/** The group of a custom resource is a domain. */
function isCustom(table: string): boolean {
  return /\.\w+\.v\w+(\.json)?$/.test(table);
}

interface Named {
  readonly apiVersion?: string;
  readonly table: Table;
}

async function builtInKinds(ask: ClusterApi): Promise<{ version: string; tables: Map<string, Named> }> {
  const get = async (path: string) => {
    const { status, body } = await ask('GET', path);
    if (status !== 200) throw new Error(`${path} answered ${status}: ${body.message ?? ''}`);
    return body;
  };
  const version = (await get('/version')).gitVersion.replace(/^v/, '');
  const types = new Map<string, Map<string, Node>>();
  const kinds = new Map<string, Table['kinds']>();
  const versions = new Map<string, string>();
  const { paths } = await get('/openapi/v3');
  const groups = Object.keys(paths).filter((path) => /^apis?\/(.+\/)?v\d\w*$/.test(path) && !questions.test(path));
  for (const group of groups) {
    const { components } = await get(`/openapi/v3/${group}`);
    const { resources } = await get(`/${group}`);
    for (const [component, schema] of Object.entries<any>(components.schemas)) {
      if (!/^io\.k8s\..*\.v\w+\.\w+$/.test(component)) continue;
      const [table, name] = placeOfType(component);
      if (!types.has(table)) types.set(table, new Map());
      types.get(table)?.set(name, compact(schema, name));
      const apiVersion = group.replace(/^apis?\//, '');
      for (const { group: of, kind, version: at } of schema['x-kubernetes-group-version-kind'] ?? []) {
        const resource = resources.find((each: any) => each.kind === kind && !each.name.includes('/'));
        if ([of, at].filter(Boolean).join('/') !== apiVersion || !resource?.verbs.includes('create')) continue;
        versions.set(table, apiVersion);
        const found = { type: `#${table}/${name}`, namespaced: resource.namespaced };
        kinds.set(table, { ...kinds.get(table), [kind]: found });
      }
    }
  }
  const source = `the API server's /openapi/v3, Kubernetes ${version}`;
  const tables = [...types].map(
    ([name, of]) =>
      [
        name,
        {
          apiVersion: versions.get(name),
          table: { source, kinds: kinds.get(name) ?? {}, types: Object.fromEntries(of) },
        },
      ] as const,
  );
  return { version, tables: reachable(new Map(tables)) };
}

/** Lists, statuses and what only sub-resources take are not in a manifest. */
function reachable(tables: Map<string, Named>): Map<string, Named> {
  const seen = new Set<string>();
  const follow = (node: unknown): void => {
    if (typeof node === 'string' && node.startsWith('#')) {
      if (seen.has(node)) return;
      seen.add(node);
      const [table = '', type = ''] = node.slice(1).split('/');
      follow(tables.get(table)?.table.types[type]);
    } else if (typeof node === 'object' && node !== null) Object.values(node).forEach(follow);
  };
  for (const { table } of tables.values()) for (const { type } of Object.values(table.kinds)) follow(type);
  return new Map(
    [...tables].flatMap(([name, { apiVersion, table }]) => {
      const types = Object.fromEntries(
        Object.entries(table.types).filter(([type]) => seen.has(`#${name}/${type}`)),
      );
      return Object.keys(types).length > 0 ? [[name, { apiVersion, table: { ...table, types } }] as const] : [];
    }),
  );
}

function definitions(): any[] {
  return folders(join(root, 'imports/crds')).flatMap((release) =>
    readdirSync(join(root, 'imports/crds', release)).map((file) => definition(release, file)),
  );
}

function definition(release: string, file: string): any {
  return load(readFileSync(join(root, 'imports/crds', release, file), 'utf8'));
}

function customKinds(): Map<string, Named> {
  const found = new Map<string, { sources: string[]; kinds: any; types: Map<string, Node>; apiVersion: string }>();
  for (const release of folders(join(root, 'imports/crds')))
    for (const file of readdirSync(join(root, 'imports/crds', release)).sort()) {
      const { spec } = definition(release, file);
      for (const { name: version, served, schema } of spec.versions) {
        if (!served) continue;
        const name = `${spec.group}.${version}`;
        const apiVersion = `${spec.group}/${version}`;
        const table = found.get(name) ?? {
          sources: [] as string[],
          kinds: {},
          types: new Map<string, Node>(),
          apiVersion,
        };
        found.set(name, table);
        table.sources.push(`${release}/${file}`);
        const node = share(withMetadata(compact(schema.openAPIV3Schema)), name, table.types);
        table.types.set(spec.names.kind, node);
        table.kinds[spec.names.kind] = {
          type: `#${name}/${spec.names.kind}`,
          namespaced: spec.scope === 'Namespaced',
        };
      }
    }
  return new Map(
    [...found].map(([name, { sources, kinds, types, apiVersion }]) => [
      name,
      {
        apiVersion,
        table: { source: `imports/crds: ${sources.join(', ')}`, kinds, types: Object.fromEntries(types) },
      },
    ]),
  );
}

/** A definition says `object`; the server knows better. */
function withMetadata(node: Node): Node {
  if (typeof node === 'string' || !node.fields) return node;
  const { 'metadata!': _, ...fields } = node.fields;
  return { ...node, fields: { ...fields, metadata: '#meta.v1/ObjectMeta' } };
}

function folders(path: string): string[] {
  return readdirSync(path, { withFileTypes: true })
    .filter((item) => item.isDirectory())
    .map(({ name }) => name)
    .sort();
}
