import type { Manifest } from '../model/tree';
import { core } from './core';
import { annotations, labels } from './core/labels';
import { form, type Path } from './core/say';
import { dnsLabel, nameCheckOf } from './names';
import type { Schemas } from './tables';
import { type Edit, type Refusal, Walk } from './walk';

/** Why the API server would not take an object. */
export interface Problem {
  readonly rule: Refusal['rule'] | 'unknown-kind' | 'bad-metadata' | 'invalid-object';
  readonly path: Path;
  readonly message: string;
}

const judged = new WeakMap<Manifest, readonly Problem[]>();

/** Everything that Kubernetes' strict validation would refuse, as far as it can be known without a server. */
export function judge(manifest: Manifest, schemas: Schemas): readonly Problem[] {
  const problems = judged.get(manifest) ?? judgeObject(manifest.written ?? manifest.object, schemas);
  judged.set(manifest, problems);
  return problems;
}

export function judgeObject(object: any, schemas: Schemas): readonly Problem[] {
  const { apiVersion, kind } = object;
  const known = schemas.kind(apiVersion, kind);
  if (!known) return [{ rule: 'unknown-kind', path: ['kind'], message: unknown(apiVersion, kind, schemas) }];
  const walk = new Walk(schemas, known.builtIn);
  walk.value(object, known.shape as any);
  const problems: Problem[] = [...walk.refusals];
  // What has another type than expected is not looked at any further, neither here nor by the server.
  if (problems.some(({ rule }) => rule === 'wrong-type')) return problems;
  const say = (rule: Problem['rule']) => (path: Path, message: string) => {
    problems.push({ rule, path, message });
  };
  const decoded = walk.edits.length > 0 ? decode(object, walk.edits) : object;
  metadata(decoded, known.namespaced, say('bad-metadata'));
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
  core[`${group}/${kind}`]?.(decoded, say('invalid-object'));
  return problems;
}

/** As Go decodes it. */
function decode(object: any, edits: readonly Edit[]): any {
  const decoded = structuredClone(object);
  for (const { path, value } of edits) {
    const parent = path.slice(0, -1).reduce<any>((of, key) => of[key], decoded);
    if (value === undefined) delete parent[path.at(-1) as string];
    else parent[path.at(-1) as string] = value;
  }
  return decoded;
}

function metadata({ kind, metadata }: any, namespaced: boolean, say: (path: Path, message: string) => void): void {
  form(metadata.name, ['metadata', 'name'], say, nameCheckOf(kind), 'needed');
  if (namespaced && metadata.namespace !== undefined)
    form(metadata.namespace, ['metadata', 'namespace'], say, dnsLabel, 'needed');
  if (!namespaced && metadata.namespace)
    say(['metadata', 'namespace'], `is ${metadata.namespace}; a ${kind} is in no namespace`);
  labels(metadata.labels, ['metadata', 'labels'], say);
  annotations(metadata.annotations, ['metadata', 'annotations'], say);
}

function unknown(apiVersion: string, kind: string, schemas: Schemas): string {
  const elsewhere = schemas.versions.find((version) => version !== apiVersion && schemas.kind(version, kind));
  if (elsewhere) return `${kind} is not in ${apiVersion}; use ${elsewhere}`;
  if (schemas.versions.includes(apiVersion)) return `${apiVersion} has no kind ${kind}`;
  return `${apiVersion} is not known; put its definition into imports/crds, then npm run schemas`;
}
