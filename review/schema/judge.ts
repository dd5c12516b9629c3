import { groupOf } from '../model/identity';
import { fieldAt, type KubernetesObject, type Manifest, type Steps, Tree } from '../model/tree';
import { core } from './core';
import { Field } from './core/field';
import { controllers } from './core/rollouts';
import { dnsLabel, nameCheckOf } from './names';
import type { Schemas } from './tables';
import { type Edit, type Refusal, Walk } from './walk';

/** Why the API server would not take an object, or else the controller that reads it. */
interface Problem {
  /** The API server takes it: its definition of the custom kind says less than who reads it. */
  readonly laterOn?: true;
  readonly rule: Refusal['rule'] | 'unknown-kind' | 'bad-metadata' | 'invalid-object';
  readonly path: Steps;
  readonly message: string;
}

const judged = new WeakMap<Manifest, readonly Problem[]>();
const cleaned = new WeakMap<Manifest, Manifest>();

/** Everything that Kubernetes' strict validation would refuse, as far as it can be known without a server. */
export function judge(manifest: Manifest, schemas: Schemas): readonly Problem[] {
  const known = judged.get(manifest);
  if (known) return known;
  const { problems } = walked(manifest.written ?? manifest.object, schemas);
  judged.set(manifest, problems);
  return problems;
}

export function judgeObject(object: KubernetesObject, schemas: Schemas): readonly Problem[] {
  return walked(object, schemas).problems;
}

/**
 * The objects without the values that have another type than their field, which the rules of the schema tell: all others read
 * fields by the types that Kubernetes gives them.
 *
 * @param asked of which the rules of the schema are asked: what did not change is taken as it is
 */
export function wellTyped(tree: Tree, schemas: Schemas, asked: ReadonlySet<Manifest> | undefined): Tree {
  const manifests = tree.manifests.map((manifest) => {
    if (!asked || asked.has(manifest)) return wellTypedOne(manifest, schemas);
    judged.set(manifest, []);
    return manifest;
  });
  // The same tree where nothing had to go: what was reckoned of it holds.
  return manifests.every((each, i) => each === tree.manifests[i]) ? tree : new Tree(manifests, tree.unreadable);
}

/** One object, as `wellTyped` makes them; the problems of its whole text are known from then on. */
export function wellTypedOne(manifest: Manifest, schemas: Schemas): Manifest {
  const known = cleaned.get(manifest);
  if (known) return known;
  const written = manifest.written ?? manifest.object;
  const { problems, mistyped } = walked(written, schemas);
  const clean =
    mistyped.length > 0 ? { ...manifest, object: decode(manifest.object, mistyped), written } : manifest;
  judged.set(clean, problems);
  cleaned.set(manifest, clean).set(clean, clean);
  return clean;
}

function walked(object: KubernetesObject, schemas: Schemas): { problems: Problem[]; mistyped: readonly Edit[] } {
  const { apiVersion, kind } = object;
  const known = schemas.kind(apiVersion, kind);
  if (!known) return unknownKind(object, schemas);
  const walk = new Walk(schemas, known.builtIn);
  walk.value(object, known.shape);
  const problems: Problem[] = [...walk.refusals];
  const mistyped = [...walk.mistyped];
  for (const { value, path, part } of walk.parts) {
    const inner = new Walk(schemas, true, path);
    inner.value(value, part.type);
    mistyped.push(...inner.mistyped);
    const told = new Set(problems.map(({ path }) => path.join('\n')));
    const more = inner.refusals.filter((each) => !told.has(each.path.join('\n')));
    problems.push(...more.map((each) => ({ ...each, laterOn: true as const })));
  }
  // What has another type than expected is not looked at any further, neither here nor by the server.
  if (problems.some(({ rule }) => rule === 'wrong-type')) return { problems, mistyped };
  const decoded = walk.edits.length > 0 ? decode(object, walk.edits) : object;
  const told = (rule: Problem['rule'], when: Pick<Problem, 'laterOn'> = {}) =>
    new Field(decoded, [], (path, message) => problems.push({ rule, path, message, ...when }));
  metadata(told('bad-metadata'), kind, known.namespaced, schemas);
  const invalid = told('invalid-object', known.builtIn ? {} : { laterOn: true });
  if (known.builtIn) core(invalid, known.type, schemas);
  else controllers[`${groupOf(apiVersion)}/${kind}`]?.(invalid);
  for (const { path, part } of walk.parts) if (!part.typesOnly) core(invalid.at(...path), part.type, schemas);
  return { problems: once(problems), mistyped };
}

/** A custom kind and the part of Kubernetes' own in it may say the same. */
function once(problems: readonly Problem[]): Problem[] {
  const key = ({ rule, path, message }: Problem) => JSON.stringify([rule, path, message]);
  return [...new Map(problems.map((each) => [key(each), each])).values()];
}

/** Another version of the same kind has most fields too; the metadata is that of any kind. */
function unknownKind(object: KubernetesObject, schemas: Schemas): ReturnType<typeof walked> {
  const { apiVersion, kind } = object;
  const elsewhere = schemas.versions.find((version) => schemas.kind(version, kind));
  const shape = elsewhere
    ? (schemas.kind(elsewhere, kind)?.shape ?? {})
    : { fields: { metadata: '#meta.v1/ObjectMeta' }, open: true as const };
  const walk = new Walk(schemas, false);
  walk.value(object, shape);
  const message = elsewhere
    ? `${kind} is not in ${apiVersion}; use ${elsewhere}`
    : schemas.versions.includes(apiVersion)
      ? `${apiVersion} has no kind ${kind}`
      : `${apiVersion} is not known; put its definition into imports/crds, then npm run schemas`;
  return { problems: [{ rule: 'unknown-kind', path: ['kind'], message }], mistyped: walk.mistyped };
}

/** As Go decodes it. */
function decode(object: KubernetesObject, edits: readonly Edit[]): KubernetesObject {
  const decoded = structuredClone(object);
  for (const { path, value } of edits) {
    const parent = fieldAt(decoded, path.slice(0, -1)) as Record<string, unknown>;
    const last = String(path.at(-1));
    if (value === undefined) delete parent[last];
    else parent[last] = value;
  }
  return decoded;
}

function metadata(object: Field, kind: string, namespaced: boolean, schemas: Schemas): void {
  core(object.at('metadata'), '#meta.v1/ObjectMeta', schemas);
  const [name, namespace] = [object.at('metadata', 'name'), object.at('metadata', 'namespace')];
  for (const [field, check] of [
    [name, nameCheckOf(kind)],
    [namespace, dnsLabel],
  ] as const) {
    const wrong = field.isSet ? check(field.text) : undefined;
    if (wrong) field.refuse(`${JSON.stringify(field.value)} ${wrong}`);
  }
  if (!namespaced && !namespace.isEmpty) namespace.refuse(`is ${namespace.value}; a ${kind} is in no namespace`);
}
