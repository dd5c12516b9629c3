import type { Kinds } from '../model/kinds';

export type CustomDefinition = Kinds['CustomResourceDefinition'];

/** What of a definition's schema leads to its rules. */
interface Schema {
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string; readonly message?: string }[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: boolean | Schema;
}

/** A rule of a custom resource definition that compares a field with its old value. */
export interface Transition {
  /** As `path.ts` has patterns: `[]` for any element, `*` for any key. */
  readonly path: string;
  readonly rule: string;
  readonly message?: string;
}

/** What is known of a custom kind without its definition at hand. */
export interface CustomKind {
  readonly versions: Readonly<Record<string, 'storage' | 'served' | 'deprecated' | 'gone'>>;
  readonly transitions: readonly Transition[];
}

/** Every rule with `oldSelf` of the versions that are served. */
export function transitionsOf({ spec }: CustomDefinition): Transition[] {
  const found = new Map<string, Transition>();
  for (const { served, schema } of spec?.versions ?? [])
    if (served)
      for (const transition of rulesIn(schema?.openAPIV3Schema as Schema | undefined, ''))
        found.set(`${transition.path} ${transition.rule}`, transition);
  return [...found.values()];
}

function* rulesIn(schema: Schema | undefined, path: string): Iterable<Transition> {
  if (!schema) return;
  for (const { rule, message } of schema['x-kubernetes-validations'] ?? [])
    if (/\boldSelf\b/.test(rule)) yield { path, rule, ...(message && { message }) };
  for (const [name, inner] of Object.entries(schema.properties ?? {}))
    yield* rulesIn(inner, path ? `${path}.${name}` : name);
  yield* rulesIn(schema.items, `${path}[]`);
  if (typeof schema.additionalProperties === 'object') yield* rulesIn(schema.additionalProperties, `${path}.*`);
}
