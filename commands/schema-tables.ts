import { type CustomDefinition, type CustomKind, transitionsOf } from '../review/diff/transitions';
import type { Node, Shape, Table } from '../review/schema/table';

type Least = 'minimum' | 'minLength' | 'minItems' | 'minProperties';
type Most = 'maximum' | 'maxLength' | 'maxItems' | 'maxProperties';

/** OpenAPI's or a CRD's way to say the same, as far as Kubernetes uses it. */
export interface OpenApi extends Readonly<Partial<Record<Least | Most, number>>> {
  readonly $ref?: string;
  readonly allOf?: readonly OpenApi[];
  readonly type?: string;
  readonly properties?: Readonly<Record<string, OpenApi>>;
  readonly additionalProperties?: boolean | OpenApi;
  readonly items?: OpenApi;
  readonly required?: readonly string[];
  readonly [word: string]: unknown;
}

const shorthand = /^io\.k8s\.(?:[\w-]+\.)*?(\w+)\.(v\w+)\.(\w+)$/;
/** Types that are more than their schema says, or less. */
const special: Readonly<Record<string, Node>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': 'quantity',
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': 'int-or-string',
  'io.k8s.apimachinery.pkg.runtime.RawExtension': 'any',
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1': 'any',
};

/** Said to be required, and taken without by every server. */
const notEnforced = new Set(['LimitRangeSpec.limits']);

/** `io.k8s.api.core.v1.Container` as the table and the type in it, `['core.v1', 'Container']`. */
export function placeOfType(component: string): [table: string, type: string] {
  const [, group, version, name] = shorthand.exec(component) ?? [];
  if (!group || !version || !name) throw new Error(`${component}: no name of a Kubernetes type`);
  return [`${group}.${version}`, name];
}

/** A schema without what no reader of a manifest needs: prose, defaults of objects, what tells clients how to merge. */
export function compact(schema: OpenApi, type = ''): Node {
  const ref = schema.$ref ?? schema.allOf?.[0]?.$ref;
  if (ref) {
    const component = ref.slice('#/components/schemas/'.length);
    return special[component] ?? `#${placeOfType(component).join('/')}`;
  }
  return simplest(shapeOf(schema, type));
}

function shapeOf(schema: OpenApi, type: string): Shape {
  const open = schema['x-kubernetes-preserve-unknown-fields'] === true;
  const shape: Record<string, unknown> = {};
  if (schema['x-kubernetes-int-or-string']) shape.type = 'int-or-string';
  else if (schema.properties) {
    const required = new Set(schema.required ?? []);
    const { properties } = schema;
    shape.fields = Object.fromEntries(
      Object.entries(properties).map(([name, field]) => [
        // What has a default is filled in before anybody asks for it.
        required.has(name) && scalarDefault(field) === undefined && !notEnforced.has(`${type}.${name}`)
          ? `${name}!`
          : name,
        name === 'status' && properties.spec ? 'any' : compact(field),
      ]),
    );
  } else if (typeof schema.additionalProperties === 'object') shape.map = compact(schema.additionalProperties);
  else if (schema.type === 'array') {
    shape.list = compact(schema.items ?? {});
    if (schema['x-kubernetes-list-type'] === 'set') shape.set = true;
    if (schema['x-kubernetes-list-type'] === 'map') shape.keys = schema['x-kubernetes-list-map-keys'];
  } else if (schema.type === 'object') shape.map = 'any';
  else shape.type = schema.type ?? 'any';
  if (open && (shape.fields || shape.map)) shape.open = true;
  for (const word of ['enum', 'pattern', 'format', 'nullable'])
    if (schema[word] !== undefined && schema[word] !== 'int-or-string') shape[word] = schema[word];
  const min = schema.minimum ?? schema.minLength ?? schema.minItems ?? schema.minProperties;
  const max = schema.maximum ?? schema.maxLength ?? schema.maxItems ?? schema.maxProperties;
  const cel = (schema['x-kubernetes-validations'] as readonly unknown[] | undefined)?.length;
  return {
    ...shape,
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(scalarDefault(schema) !== undefined && { default: schema.default }),
    ...(cel && { cel }),
  };
}

function scalarDefault({ default: value }: OpenApi): unknown {
  return typeof value === 'object' ? undefined : value;
}

/** A scalar of which nothing else is said is its name. */
function simplest(shape: Shape): Node {
  return shape.type && Object.keys(shape).length === 1 ? shape.type : shape;
}

/**
 * Gives shapes that occur more than once a name: the definitions of Argo Rollouts hold the whole of a pod three times.
 *
 * @returns the node with names in place of them, and adds them to `types`
 */
export function share(node: Node, table: string, types: Map<string, Node>): Node {
  const counts = new Map<string, number>();
  const count = (each: Node): void => {
    if (typeof each === 'string') return;
    const text = JSON.stringify(each);
    counts.set(text, (counts.get(text) ?? 0) + 1);
    if (counts.get(text) === 1) for (const inner of innerOf(each)) count(inner);
  };
  count(node);
  const names = new Map<string, string>();
  const rename = (each: Node): Node => {
    if (typeof each === 'string') return each;
    const text = JSON.stringify(each);
    const known = names.get(text);
    if (known) return known;
    const renamed: Shape = {
      ...each,
      ...(each.fields && {
        fields: Object.fromEntries(Object.entries(each.fields).map(([name, field]) => [name, rename(field)])),
      }),
      ...(each.map && { map: rename(each.map) }),
      ...(each.list && { list: rename(each.list) }),
    };
    if (text.length < 60 || (counts.get(text) ?? 0) < 2) return renamed;
    const printed = JSON.stringify(renamed);
    const same = [...types].find(([, type]) => JSON.stringify(type) === printed)?.[0];
    const name = same ?? `${types.size + 1}`;
    types.set(name, renamed);
    names.set(text, `#${table}/${name}`);
    return `#${table}/${name}`;
  };
  return rename(node);
}

function innerOf({ fields, map, list }: Shape): Node[] {
  return [...Object.values(fields ?? {}), ...(map ? [map] : []), ...(list ? [list] : [])];
}

/** One type a line, so that a new version of Kubernetes can be read as a diff. */
export function print({ source, kinds, types }: Table): string {
  const lines = (of: object) =>
    Object.entries(of)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`)
      .join(',\n');
  return `{\n"source": ${JSON.stringify(source)},\n"kinds": {\n${lines(kinds)}\n},\n"types": {\n${lines(types)}\n}\n}\n`;
}

/** The row of `review/schema/custom-kinds.json` for a definition. */
export function customKindOf(definition: CustomDefinition): [string, CustomKind] {
  const { group, names, versions = [] } = definition.spec ?? {};
  const states = versions.map(
    ({ name, served, storage, deprecated }) =>
      [`${name}`, !served ? 'gone' : storage ? 'storage' : deprecated ? 'deprecated' : 'served'] as const,
  );
  return [
    `${group}/${names?.kind}`,
    { versions: Object.fromEntries(states), transitions: transitionsOf(definition) },
  ];
}
