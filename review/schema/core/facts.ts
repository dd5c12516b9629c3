import { secondsOf } from '../../model/duration';
import type { Check } from '../names';
import { compare } from './demands';
import type { Field } from './field';

/** What must hold of each value at a place, said as data. Places are fields from the object's root; `[]` is every element, `*` every field. */
export interface Fact {
  readonly at: string;
  /** Asked only where this place has a value, or where it has none. */
  readonly when?: string;
  readonly unless?: string;
  /** Fields of the value: exactly one, at least one, not two, all of them. */
  readonly oneOf?: readonly string[];
  readonly anyOf?: readonly string[];
  readonly atMostOneOf?: readonly string[];
  readonly has?: readonly string[];
  /** Numbers; of `most` also the place of one, with what counts where it has none. */
  readonly least?: number;
  readonly most?: number | string;
  readonly else?: number;
  readonly form?: keyof typeof forms;
  /** Other places: one of them has a value, this one has none, has another one, or this one among its own. */
  readonly with?: readonly string[];
  readonly without?: string;
  readonly differs?: string;
  readonly among?: string;
  readonly unique?: true;
}

const seconds: Check = (text) =>
  secondsOf(text) === undefined || /d/.test(text)
    ? 'is not a valid duration; write for example 30s, 5m or 1h30m'
    : undefined;
const forms = {
  /** Go's `time.ParseDuration`: a number needs its unit. */
  duration: (text: string) => (/^[1-9]\d*$/.test(text) ? `has no unit; write ${text}s` : seconds(text)),
  pause: seconds,
  metadata: (text: string) =>
    !text.startsWith('metadata') ||
    /^metadata\.(name|namespace|uid|(labels|annotations)(\['[^']+'\])?)$/.test(text)
      ? undefined
      : 'is not a field that an argument can be made of',
} satisfies Readonly<Record<string, Check>>;

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
      fieldsOf(fact, of);
      const most = typeof fact.most === 'string' ? places(fact.most)[0]?.value : fact.most;
      compare(of, { least: fact.least, most: (most as number | undefined) ?? fact.else });
      const wrong = fact.form && forms[fact.form](String(of.value));
      if (wrong || (fact.form === 'pause' && of.number(0) < 0))
        of.refuse(`${JSON.stringify(of.value)} ${wrong ?? 'is less than 0'}`);
      if (fact.with && !fact.with.some(has)) of.refuse(`needs one of ${fact.with.map(last).join(', ')}`);
      if (fact.without && has(fact.without)) of.refuse(`cannot be set together with ${last(fact.without)}`);
      if (fact.differs && places(fact.differs)[0]?.value === of.value)
        of.refuse(`is ${of.value}, which ${last(fact.differs)} is too; two are needed`);
      if (fact.among && !places(fact.among).some(({ value }) => value === of.value))
        of.refuse(`${of.value} is not in ${fact.among.replace(/^\$\w+\./, '')}`);
      if (fact.unique && found.findIndex(({ value }) => value === of.value) < i)
        of.refuse(`${JSON.stringify(of.value)} is there twice`);
    }
  }
}

function fieldsOf({ oneOf, anyOf, atMostOneOf, has = [] }: Fact, of: Field): void {
  const set = (names: readonly string[] = []) => names.map((name) => of.at(name)).filter(says);
  if (oneOf && set(oneOf).length === 0) of.refuse(`has none of ${oneOf.join(', ')}; one is required`);
  if (anyOf && set(anyOf).length === 0) of.refuse(`has none of ${anyOf.join(', ')}; one is required`);
  for (const [first, second] of [set(oneOf), set(atMostOneOf)])
    second?.refuse(`cannot be set together with ${first?.key}`);
  for (const field of has.map((name) => of.at(name))) if (!says(field)) field.refuse('is required');
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
