import { compare, type Demands } from './demands';
import type { Field } from './field';

/**
 * What must hold of each value at a place, in the words of `demands.json` and some of its own. Places are fields from the
 * object's root; `[]` is every element, `*` every field.
 */
export interface Fact extends Pick<Demands, 'one' | 'few' | 'form' | 'least'> {
  readonly at: string;
  /** Asked only where this place has a value, or where it has none. */
  readonly when?: string;
  readonly unless?: string;
  /** At least one of these fields is set. */
  readonly anyOf?: readonly string[];
  /** All of these fields are set. */
  readonly has?: readonly string[];
  /** A number, or the place of one, with what counts where it has none. */
  readonly most?: number | string;
  readonly else?: number;
  /** Other places: one of them has a value, this one has none, has another one, or this one among its own. */
  readonly with?: readonly string[];
  readonly without?: string;
  readonly differs?: string;
  readonly among?: string;
  /** No two of the place have the same. */
  readonly once?: true;
}

/** @param shorthands what `$name` at the beginning of a place stands for */
export function judgeFacts(
  object: Field,
  facts: readonly Fact[],
  shorthands: Readonly<Record<string, string>>,
): void {
  const places = (place: string) =>
    placesOf(
      object,
      place.replace(/^\$\w+/, (name) => shorthands[name] ?? name),
    );
  const has = (place: string) => places(place).length > 0;
  for (const fact of facts) {
    if ((fact.when && !has(fact.when)) || (fact.unless && has(fact.unless))) continue;
    const found = places(fact.at);
    for (const [i, of] of found.entries()) {
      // What is filled in later is judged then.
      if (of.text.includes('{{')) continue;
      const { one, few, form, least, anyOf = [], has: all = [] } = fact;
      const most = typeof fact.most === 'string' ? places(fact.most)[0]?.value : fact.most;
      compare(of, { one, few, form, least, most: (most as number | undefined) ?? fact.else });
      for (const field of all) compare(of.at(field), { required: true });
      if (anyOf.length > 0 && of.set(anyOf).length === 0)
        of.refuse(`has none of ${anyOf.join(', ')}; one is required`);
      if (fact.with && !fact.with.some(has)) of.refuse(`needs one of ${fact.with.map(last).join(', ')}`);
      if (fact.without && has(fact.without)) of.refuse(`cannot be set together with ${last(fact.without)}`);
      if (fact.differs && places(fact.differs)[0]?.value === of.value)
        of.refuse(`is ${of.value}, which ${last(fact.differs)} is too; two are needed`);
      if (fact.among && !places(fact.among).some(({ value }) => value === of.value))
        of.refuse(`${of.value} is not in ${fact.among.replace(/^\$\w+\./, '')}`);
      if (fact.once && found.findIndex(({ value }) => value === of.value) < i)
        of.refuse(`${JSON.stringify(of.value)} is there twice`);
    }
  }
}

/** Those that have a value. */
function placesOf(object: Field, place: string): readonly Field[] {
  const below = (of: Field, step: string): readonly Field[] => {
    if (step === '[]') return of.elements;
    return step === '*' ? of.entries : [of.at(step)];
  };
  return place
    .replaceAll('[]', '.[]')
    .split('.')
    .reduce<readonly Field[]>((found, step) => found.flatMap((each) => below(each, step)), [object])
    .filter(says);
}

/** Go has no other nothing for text, lists and what is on or off. */
function says(of: Field): boolean {
  return !of.isEmpty && of.value !== false;
}

function last(place: string): string {
  return place.split('.').at(-1) ?? place;
}
