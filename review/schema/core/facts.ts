import { secondsOf } from '../../model/duration';
import type { Check } from '../names';
import { exactlyOne, needed, type Path, type Say } from './say';

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

type Place = readonly [value: any, path: Path];

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
  object: any,
  facts: readonly Fact[],
  say: Say,
  shorthands: Readonly<Record<string, string>>,
): void {
  const places = (place: string) =>
    placesOf(
      object,
      place.replace(/^\$\w+/, (name) => shorthands[name] ?? name),
    );
  const has = (place: string) => places(place).some(([value]) => isSet(value));
  for (const fact of facts) {
    if ((fact.when && !has(fact.when)) || (fact.unless && has(fact.unless))) continue;
    const found = places(fact.at).filter(([value]) => isSet(value));
    const values = found.map(([value]) => value);
    found.forEach(([value, path], i) => {
      // What is filled in later is judged then.
      if (typeof value === 'string' && value.includes('{{')) return;
      fieldsOf(fact, value, path, say);
      const [least, most] = [fact.least, typeof fact.most === 'string' ? places(fact.most)[0]?.[0] : fact.most];
      if (least !== undefined && value < least) say(path, `is ${value}, the least is ${least}`);
      const top = most ?? fact.else;
      if (top !== undefined && value > top) say(path, `is ${value}, the most is ${top}`);
      const wrong = fact.form && forms[fact.form](String(value));
      if (wrong || (fact.form === 'pause' && value < 0))
        say(path, `${JSON.stringify(value)} ${wrong ?? 'is less than 0'}`);
      if (fact.with && !fact.with.some(has))
        say(path, `needs one of ${fact.with.map((each) => last(each)).join(', ')}`);
      if (fact.without && has(fact.without)) say(path, `cannot be set together with ${last(fact.without)}`);
      if (fact.differs && places(fact.differs)[0]?.[0] === value)
        say(path, `is ${value}, which ${last(fact.differs)} is too; two are needed`);
      if (fact.among && !places(fact.among).some(([each]) => each === value))
        say(path, `${value} is not in ${fact.among.replace(/^\$\w+\./, '')}`);
      if (fact.unique && values.indexOf(value) < i) say(path, `${JSON.stringify(value)} is there twice`);
    });
  }
}

function fieldsOf({ oneOf, anyOf, atMostOneOf, has }: Fact, value: any, path: Path, say: Say): void {
  const set = Object.fromEntries(Object.entries(value ?? {}).filter(([, inner]) => isSet(inner)));
  if (oneOf) exactlyOne(set, oneOf, path, say);
  if (anyOf && !anyOf.some((name) => name in set)) say(path, `has none of ${anyOf.join(', ')}; one is required`);
  if (atMostOneOf?.some((name) => name in set)) exactlyOne(set, atMostOneOf, path, say);
  for (const name of has ?? []) needed(set[name], [...path, name], say);
}

function placesOf(object: unknown, place: string): readonly Place[] {
  const below = ([value, path]: Place, step: string): readonly Place[] => {
    if (typeof value !== 'object' || value === null) return [];
    if (step !== '[]' && step !== '*') return [[value[step], [...path, step]]];
    return Object.entries(value).map(([key, each]) => [each, [...path, Array.isArray(value) ? Number(key) : key]]);
  };
  return place
    .replaceAll('[]', '.[]')
    .split('.')
    .reduce<readonly Place[]>((found, step) => found.flatMap((each) => below(each, step)), [[object, []]]);
}

/** Go has no other nothing for text, lists and what is on or off. */
function isSet(value: unknown): boolean {
  return (
    value !== undefined &&
    value !== null &&
    value !== '' &&
    value !== false &&
    !(Array.isArray(value) && value.length === 0)
  );
}

function last(place: string): string {
  return place.split('.').at(-1) ?? place;
}
