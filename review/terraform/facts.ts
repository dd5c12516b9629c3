import type { Guard } from '../model/guards';
import types from './arguments.json';

/** What a change of a resource of one type does. */
export interface TypeFacts {
  /** What is gone when the resource is destroyed; absent: nothing that cannot be made again. */
  readonly lost?: string;
  /** What is away between the old one and the new one. */
  readonly away?: string;
  /** Arguments, or fields in them (`launch_template.id`), whose change destroys the resource and creates another. */
  readonly replace?: readonly string[];
  /** Arguments that AWS changes with an interruption, or later than Terraform says, and what happens then. */
  readonly restart?: Readonly<Record<string, string>>;
  /** Arguments that AWS changes in place, with nobody noticing. */
  readonly update?: readonly string[];
  readonly guards?: Readonly<Record<string, Guard>>;
}

/**
 * Read in the provider's schemas (`ForceNew` in hashicorp/terraform-provider-aws, `internal/service/…`) and in the
 * create-only properties of AWS CloudFormation's resource schemas (those of cfn-lint 1.58.0). What AWS interrupts is in
 * the reference of the service's Modify call.
 *
 * @returns undefined for a type that nobody has looked up
 */
export function factsOf(type: string): TypeFacts | undefined {
  return Object.hasOwn(types, type) ? (types as Readonly<Record<string, TypeFacts>>)[type] : undefined;
}

export type Effect = 'replace' | 'restart' | 'update';

/**
 * @param argument and the fields in it, elements of lists left out: `launch_template.id`
 * @returns undefined for an argument that nobody has looked up
 */
export function effectOf(facts: TypeFacts, argument: string): Effect | undefined {
  const [top = ''] = argument.split('.');
  const inside = (field: string) => `${argument}.`.startsWith(`${field}.`);
  if (facts.replace?.some(inside)) return 'replace';
  if (Object.hasOwn(facts.restart ?? {}, top)) return 'restart';
  return facts.update?.includes(top) ? 'update' : undefined;
}

/** What a plan of Terraform does to a resource, beside its arguments. */
export interface Planned {
  readonly actions: readonly string[];
  /** Arguments because of which the resource is replaced; empty where Terraform names none. */
  readonly because: readonly string[];
}
