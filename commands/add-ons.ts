import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { discreet } from '../charts/environments/secret-texts';
import { makeFolder } from '../charts/files';
import program from '../charts/program.json';
import { toYaml } from '../charts/yaml';
import type { ChartOutcome } from '../review/diff/charts';
import type { Comparison } from '../review/diff/sides';
import { canonical } from '../review/model/canonical';
import type { Kinds } from '../review/model/kinds';
import { listOf } from '../review/model/pods';
import { hookKey, policyKey } from '../review/model/sync-options';
import type { KubernetesObject } from '../review/model/tree';
import { documentsIn } from '../review/model/yaml';
import type { Schemas } from '../review/schema/tables';

type Application = Kinds['Application'];
type Source = NonNullable<NonNullable<Application['spec']>['source']>;

/** What came of the charts of changed Applications. */
export interface AddOns {
  /** With what they make, below `add-ons/<application>/`. */
  readonly comparison: Comparison;
  readonly outcomes: ReadonlyMap<string, ChartOutcome>;
  /** What is to be said of what was rendered. */
  readonly notes: readonly string[];
}

/** How the charts are rendered. */
interface Means {
  /** `1.35`. */
  readonly kubernetes: string;
  readonly schemas: Schemas;
  /** For one call of Helm, in milliseconds. */
  readonly limit?: number;
  /** Where charts are kept once they were fetched; default: `charts` in the program's folder of the user's cache. */
  readonly cache?: string;
}

/** Nothing can be said of the chart: no Helm, no answer, or a field that is not read here. */
class Unrendered extends Error {}

/** Fields of an Application by which its chart is rendered here as Argo CD does it; any other is said. */
const read = ['repoURL', 'chart', 'targetRevision', 'helm'];
const readOfHelm = [
  ...['releaseName', 'valuesObject', 'values', 'namespace'],
  ...['skipCrds', 'skipTests', 'skipSchemaValidation'],
];

/**
 * Renders the charts whose version or values differ, at both sides, and puts what they make into the comparison. Each is
 * fetched from the repository that its Application names; a version that was fetched once is not asked for again.
 *
 * @throws never: what cannot be rendered is an outcome
 */
export async function withAddOns(comparison: Comparison, means: Means): Promise<AddOns> {
  const [changed, unchanged] = [new Map(comparison.changed), new Map(comparison.unchanged)];
  const [outcomes, notes] = [new Map<string, ChartOutcome>(), [] as string[]];
  for (const [name, { before, after }] of chartsIn(comparison)) {
    try {
      const was = before ? await objectsOf(before, means) : [];
      const is = await objectsOf(after, means).catch((error: Error) => {
        if (error instanceof Unrendered) throw error;
        outcomes.set(name, { refused: error.message });
        return undefined;
      });
      if (!is) continue;
      outcomes.set(name, {});
      const random = [...was, ...is].reduce((sum, each) => sum + each.random, 0);
      notes.push(
        `${name}: its chart was rendered, ${was.length} objects before and ${is.length} after${random > 0 ? `; values that are other ones each time (${random}) are not compared` : ''}`,
      );
      for (const [path, texts] of filesOf(name, was, is))
        if (texts.before === texts.after) unchanged.set(path, () => texts.after ?? '');
        else changed.set(path, texts);
    } catch (error) {
      outcomes.set(name, { unrendered: (error as Error).message });
    }
  }
  return { comparison: { changed, unchanged }, outcomes, notes };
}

/** The Applications of charts that will make something else, or are new; by name. */
function chartsIn({ changed }: Comparison): Map<string, { before?: Application; after: Application }> {
  const found = new Map<string, { before?: Application; after: Application }>();
  const sides = (['before', 'after'] as const).map(
    (side) =>
      new Map(
        [...changed]
          .filter(([file]) => /^(argocd|dist)\//.test(file))
          .flatMap(([, texts]) => applicationsIn(texts[side] ?? ''))
          .map((each) => [each.metadata.name, each]),
      ),
  );
  const made = ({ spec }: Application) => canonical([sourcesOf({ spec } as Application), spec?.destination]);
  for (const [name, after] of sides[1] ?? []) {
    const before = sides[0]?.get(name);
    if (sourcesOf(after).some(({ chart }) => chart) && !(before && made(before) === made(after)))
      found.set(name, { before, after });
  }
  return found;
}

function applicationsIn(text: string): Application[] {
  if (!/^kind: ['"]?Application\b/m.test(text)) return [];
  try {
    return (documentsIn(text) as Application[]).filter(
      ({ kind, metadata }) => kind === 'Application' && typeof metadata?.name === 'string',
    );
  } catch {
    // The comparison tells that it is not YAML.
    return [];
  }
}

function sourcesOf({ spec }: Application): readonly Source[] {
  return listOf(spec?.sources ?? [spec?.source]).filter((each) => typeof each === 'object' && each !== null);
}

interface Made {
  readonly object: KubernetesObject;
  /** How many of its values are other ones at each rendering. */
  readonly random: number;
}

/** What the charts of an Application make. */
async function objectsOf(application: Application, means: Means): Promise<Made[]> {
  const all: Made[] = [];
  for (const source of sourcesOf(application)) {
    const odd = [
      ...Object.keys(source).filter((field) => !read.includes(field)),
      ...Object.keys(source.helm ?? {})
        .filter((field) => !readOfHelm.includes(field))
        .map((field) => `helm.${field}`),
    ];
    if (odd.length > 0 || !source.chart)
      throw new Unrendered(`${odd[0] ?? 'a source without a chart'} is not read here`);
    const strange = (['repoURL', 'chart', 'targetRevision'] as const).find(
      (key) => !/^\w/.test(String(source[key] ?? '')),
    );
    if (strange) throw new Unrendered(`${strange} does not begin with a letter or a digit`);
    const archive = await fetched(source, means);
    // What a chart makes at random, a certificate for example, does not count as a difference between two versions.
    const [one, other] = await Promise.all([1, 2].map(() => rendered(application, source, archive, means)));
    all.push(...settled(one ?? [], other ?? []));
  }
  return all;
}

/** As Argo CD 3.5.1 calls it (`template`, util/helm/cmd.go; `helmTemplate`, reposerver/repository/repository.go). */
async function rendered(
  { metadata, spec }: Application,
  { helm = {} }: Source,
  archive: string,
  { kubernetes, schemas, limit }: Means,
): Promise<KubernetesObject[]> {
  const place = mkdtempSync(join(tmpdir(), 'values-'));
  try {
    const values = join(place, 'values.yaml');
    writeFileSync(values, helm.valuesObject ? toYaml(helm.valuesObject) : (helm.values ?? ''));
    const custom = schemas.versions.filter((version) => /^[^/]*\.(?!k8s\.io\/)/.test(version));
    const { namespace = '' } = spec?.destination ?? {};
    const text = await run(limit, [
      ...['template', archive, '--name-template', helm.releaseName ?? metadata.name],
      ...['--namespace', helm.namespace ?? namespace, '--kube-version', `${kubernetes}.0`, '--values', values],
      ...custom.flatMap((version) => ['--api-versions', version]),
      ...(helm.skipCrds ? [] : ['--include-crds']),
      ...(helm.skipSchemaValidation ? ['--skip-schema-validation'] : []),
      // Argo CD knows no hook of this kind, and runs none.
      '--skip-tests',
    ]);
    const objects = (loadAll(text) as (KubernetesObject | undefined)[]).filter(
      (each) => each?.kind && each.metadata,
    );
    return (objects as KubernetesObject[]).flatMap((each) =>
      asHook(placed(each, objects as KubernetesObject[], namespace, schemas)),
    );
  } finally {
    rmSync(place, { recursive: true });
  }
}

/** With the namespace that Argo CD gives what has none and belongs in one. */
function placed(
  object: KubernetesObject,
  all: readonly KubernetesObject[],
  namespace: string,
  schemas: Schemas,
): KubernetesObject {
  const { apiVersion, kind, metadata } = object;
  const definition = all.find(
    (each) => each.kind === 'CustomResourceDefinition' && each.spec?.names?.kind === kind,
  );
  const inOne = schemas.kind(apiVersion, kind)?.namespaced ?? definition?.spec.scope === 'Namespaced';
  return metadata.namespace || !inOne ? object : { ...object, metadata: { ...metadata, namespace } };
}

/** With the annotations of Argo CD for what Helm calls a hook; nothing where Argo CD does not run it (gitops-engine, pkg/sync/hook/helm). */
function asHook(object: KubernetesObject): KubernetesObject[] {
  const { annotations = {} } = object.metadata;
  const types = wordsIn(annotations['helm.sh/hook']);
  if (types.length === 0 || types.includes('crd-install')) return [object];
  const hooks = types.flatMap((type) => /^(?:pre|post)(?=-(?:install|upgrade)$)/.exec(type)?.[0] ?? []);
  if (hooks.length === 0) return [];
  const policies = wordsIn(annotations['helm.sh/hook-delete-policy']).map((policy) =>
    policy.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase()),
  );
  const own = {
    [hookKey]: hooks.includes('pre') ? 'PreSync' : 'PostSync',
    ...(policies.length > 0 && { [policyKey]: policies.join(',') }),
  };
  return [{ ...object, metadata: { ...object.metadata, annotations: { ...annotations, ...own } } }];
}

function wordsIn(list: string | undefined): string[] {
  return (list ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean);
}

/** The archive of a chart's version. */
async function fetched({ repoURL = '', chart = '', targetRevision = '' }: Source, means: Means): Promise<string> {
  const kept =
    means.cache ?? join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), program.name, 'charts');
  const name = createHash('sha256')
    .update(canonical([repoURL, chart, targetRevision]))
    .digest('hex');
  const archive = join(kept, `${name.slice(0, 24)}.tgz`);
  // A version never holds anything else; a range may from one day to the next.
  const exact = /^v?\d+\.\d+\.\d+([-+].*)?$/.test(targetRevision);
  if (exact && existsSync(archive)) return archive;
  const place = mkdtempSync(join(tmpdir(), 'chart-'));
  try {
    // Argo CD writes a registry without its scheme.
    const from = /^https?:/.test(repoURL)
      ? [chart, '--repo', repoURL]
      : [`oci://${repoURL.replace(/^oci:\/\//, '').replace(/\/$/, '')}/${chart}`];
    await run(means.limit, ['pull', ...from, '--version', targetRevision, '--destination', place]).catch(
      (error: Error) => {
        // The repository has answered, and Argo CD would hear the same.
        if (/no chart (version|name) found|^chart .* not found in /.test(error.message)) throw error;
        throw new Unrendered(error.message);
      },
    );
    const [file] = readdirSync(place);
    if (!file) throw new Unrendered('helm pull brought nothing');
    makeFolder(kept);
    copyFileSync(join(place, file), `${archive}.${process.pid}`);
    renameSync(`${archive}.${process.pid}`, archive);
    return archive;
  } finally {
    rmSync(place, { recursive: true });
  }
}

/**
 * Helm without the user's settings, plugins and cluster.
 *
 * @throws Unrendered without Helm or in time; Error in one line of what Helm says
 */
async function run(limit = 30_000, args: readonly string[]): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), 'helm-'));
  const own = ['CACHE', 'CONFIG', 'DATA'].map((kind) => [`HELM_${kind}_HOME`, join(home, kind)]);
  const passed = Object.entries(process.env).filter(([key]) =>
    /^(PATH|HOME|TMPDIR|SSL_CERT_\w+|\w+_proxy)$/i.test(key),
  );
  const env = { ...Object.fromEntries([...passed, ...own]), KUBECONFIG: join(home, 'none') };
  try {
    return await new Promise((resolve, reject) =>
      execFile(
        'helm',
        args,
        { env, timeout: limit, killSignal: 'SIGKILL', maxBuffer: 2 ** 26 },
        (error, out, said) => {
          if (!error) resolve(out);
          else if (error.code === 'ENOENT') reject(new Unrendered('helm is not on the PATH'));
          else if (error.killed) reject(new Unrendered(`helm ${args[0]} took longer than ${limit / 1000} s`));
          else reject(new Error(sentenceOf(said || error.message)));
        },
      ),
    );
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** In one line: where templates fail, the last words say why. */
function sentenceOf(said: string): string {
  const line = discreet(
    said
      .replace(/^Error: /, '')
      .replace(/\s+/g, ' ')
      .trim(),
  );
  return line.length > 400 ? `${line.slice(0, 150)} … ${line.slice(-240)}` : line;
}

/** The objects of two renderings of the same, with a word of its own for what is not the same in both. */
function settled(one: readonly KubernetesObject[], other: readonly KubernetesObject[]): Made[] {
  return one.map((object, i) => {
    let random = 0;
    const settle = (a: unknown, b: unknown): unknown => {
      if (canonical(a) === canonical(b)) return a;
      if (typeof a === 'object' && typeof b === 'object' && a && b && Array.isArray(a) === Array.isArray(b)) {
        const keys = Object.keys({ ...a, ...b });
        const pairs = keys.map((key) => [key, settle((a as any)[key], (b as any)[key])] as const);
        return Array.isArray(a) ? pairs.map(([, value]) => value) : Object.fromEntries(pairs);
      }
      random += 1;
      // Also in base64 a word.
      return 'randomly';
    };
    return { object: settle(object, other[i]) as KubernetesObject, random };
  });
}

/** One file for each object, as those of `dist/`. */
function filesOf(name: string, before: readonly Made[], after: readonly Made[]) {
  const files = new Map<string, { before?: string; after?: string }>();
  for (const [side, all] of Object.entries({ before, after }))
    for (const { object } of all) {
      const { kind, metadata } = object;
      const first = `add-ons/${name}/${kind}.${metadata.name}.yaml`;
      const path = files.get(first)?.[side as 'before']
        ? first.replace(/\.yaml$/, `.${metadata.namespace}.yaml`)
        : first;
      files.set(path, { ...files.get(path), [side]: toYaml(object) });
    }
  return files;
}
