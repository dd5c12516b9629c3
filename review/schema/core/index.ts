import type { Node } from '../table';
import type { Schemas } from '../tables';
import { fieldsOf } from '../walk';
import { accessJudges } from './access';
import { compare, type Demands, demands } from './demands';
import type { Field, FieldJudge } from './field';
import { networkingJudges } from './networking';
import { podsJudges } from './pods';
import { scalingJudges } from './scaling';
import { storageJudges } from './storage';
import { workloadsJudges } from './workloads';

/** What is asked of several fields of a type at once; of one at a time it is in `demands.json`. */
const relations: Readonly<Record<string, FieldJudge>> = {
  ...accessJudges,
  ...networkingJudges,
  ...podsJudges,
  ...scalingJudges,
  ...storageJudges,
  ...workloadsJudges,
};

/** What is known of a type. */
interface Known {
  readonly own: Demands;
  readonly judge?: FieldJudge;
  readonly list?: Node;
  readonly map?: Node;
  /** Fields that hold more than a scalar; `held` is judged when it is absent too. */
  readonly inner: readonly { readonly name: string; readonly node: Node; readonly held: boolean }[];
}

const types = new Map<Node, Known>();

/**
 * Judges an object by what the API server's own code checks beyond the types, wherever a type stands in it.
 *
 * @param node the type that it has
 */
export function core(of: Field, node: Node, schemas: Pick<Schemas, 'shape'>): void {
  const known = types.get(node) ?? knownOf(node, schemas);
  types.set(node, known);
  compare(of, known.own, true);
  known.judge?.(of);
  const { list, map } = known;
  if (list) for (const element of of.elements) core(element, list, schemas);
  if (map) for (const value of of.entries) core(value, map, schemas);
  // The metadata of any object is judged by itself.
  for (const { name, node, held } of known.inner)
    if ((held || of.has(name)) && !(name === 'metadata' && of.path.length === 0)) core(of.at(name), node, schemas);
}

function knownOf(node: Node, schemas: Pick<Schemas, 'shape'>): Known {
  const shape = typeof node === 'string' ? schemas.shape(node) : node;
  // `core/Pod` of `#core.v1/Pod`
  const type = typeof node === 'string' ? node.slice(1).replace(/\.v\w+\//, '/') : '';
  const { [type]: own = {} } = demands;
  const inner = [...fieldsOf(shape)].map(([name, { node }]) => ({ name, node, ...own.fields?.[name] }));
  return {
    own,
    judge: relations[type],
    list: isComposite(shape.list) ? shape.list : undefined,
    map: isComposite(shape.map) ? shape.map : undefined,
    inner: inner
      .filter(({ node, unjudged }) => isComposite(node) && !unjudged)
      .map(({ name, node, held = false }) => ({ name, node, held })),
  };
}

function isComposite(node: Node = 'any'): boolean {
  return typeof node === 'string' ? node.startsWith('#') : Boolean(node.fields ?? node.list ?? node.map);
}
