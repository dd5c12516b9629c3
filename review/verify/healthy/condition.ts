/** The condition of a type; most controllers write them in the same form. */
export function conditionOf(object: any, type: string): any {
  return object.status?.conditions?.find((each: any) => each.type === type);
}
