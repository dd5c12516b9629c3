import type { Condition, Conditions, Named } from '../../model/kinds';

/** The condition of a type; most controllers write them in the same form. */
export function conditionOf(
  { status }: Named & { readonly status?: Conditions },
  type: string,
): Condition | undefined {
  return status?.conditions?.find((each) => each.type === type);
}
