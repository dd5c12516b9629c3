import { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { systemOf } from './system';

/**
 * Lets one object break a rule of `npm run check`, and says why.
 *
 * @param object an object, or a construct that makes exactly one
 * @param rule its name, as in docs/rules/
 * @param until the last day on which it may, `2026-12-01`; for ever when absent
 */
export function allow(object: IConstruct, rule: string, reason: string, until?: string): void {
  for (const [name, value] of Object.entries(allowance(object, rule, reason, until)))
    ApiObject.of(object).metadata.addAnnotation(name, value);
}

/** The annotation by which an object says so; the parameters are those of `allow`. */
export function allowance(
  object: IConstruct,
  rule: string,
  reason: string,
  until?: string,
): Record<string, string> {
  if (reason.trim() === '')
    throw new Error(`${object.node.path}: allow('${rule}') needs a reason; say why it may`);
  if (until !== undefined && !/^\d{4}-\d\d-\d\d$/.test(until))
    throw new Error(
      `${object.node.path}: allow('${rule}'): ${JSON.stringify(until)} is not a valid day; write for example 2026-12-01`,
    );
  return { [`check.${systemOf(object).domain}/${rule}`]: until ? `until ${until}: ${reason}` : reason };
}
