import table from './demands.json';
import { different, type Field } from './field';
import { forms } from './forms';

/**
 * What the API server's own code asks of a value beyond its type. `demands.json` has it by group and type, as
 * `pkg/apis/<group>/validation/validation.go` of Kubernetes checks it.
 */
export interface Demands {
  /** It must be there, and not be empty. */
  readonly required?: boolean;
  /** The form of a value, by its name in `forms`. */
  readonly form?: string;
  /** The form of the keys of a map. */
  readonly keys?: string;
  /** An empty text is judged too: Go can tell it from none. */
  readonly pointer?: boolean;
  readonly oneOf?: readonly string[];
  readonly least?: number;
  readonly most?: number;
  /** What an absent number counts as; without it an absent one is fine. */
  readonly absent?: number;
  /** A count, or a percentage of at most so much; a surge has no such bound. */
  readonly share?: number;
  /** Exactly one of these fields is set. */
  readonly one?: readonly string[];
  /** At most one of these fields is set. */
  readonly few?: readonly string[];
  /** No two elements have the same in this field. */
  readonly unique?: string;
  /** What holds for each element of a list, or each value of a map. */
  readonly each?: Demands;
  readonly fields?: Readonly<Record<string, Demands>>;
  /** Go holds it by value, so that an absent one is judged as an empty one. */
  readonly held?: boolean;
  /** The API server does not look into it. */
  readonly unjudged?: boolean;
}

export const demands: Readonly<Record<string, Demands>> = table;

/** Compares a field with what is known of it. @param entered whether what is in it is looked at */
export function compare(of: Field, known: Demands, entered = known.held || of.isSet): void {
  if (known.required && of.isEmpty) of.refuse('is required');
  else {
    if (known.form && (known.pointer ? of.isSet : !of.isEmpty) && !bounded(of, known))
      told(of, of.value, known.form);
    if (known.oneOf && of.isSet && !known.oneOf.includes(of.text))
      of.refuse(`${JSON.stringify(of.value)} is none of ${known.oneOf.filter(Boolean).join(', ')}`);
    amount(of, known);
  }
  if (!entered) return;
  if (known.one || known.few) alternatives(of, known);
  const { unique, keys, each } = known;
  if (unique !== undefined)
    different(
      of.elements.map((element) => element.at(unique)),
      unique,
    );
  if (keys || each)
    for (const inner of [...of.elements, ...of.entries]) {
      if (keys) keyed(inner, keys);
      if (each) compare(inner, each);
    }
  for (const [name, inner] of Object.entries(known.fields ?? {})) compare(of.at(name), inner);
}

function alternatives(of: Field, { one = [], few = [] }: Demands): void {
  const [first, second] = of.set([...one, ...few]);
  if (one.length > 0 && !first) of.refuse(`has none of ${one.join(', ')}; one is required`);
  second?.refuse(`cannot be set together with ${first?.key}`);
}

/** A port is a number with bounds, or a name with a form. */
function bounded(of: Field, { least }: Demands): boolean {
  return typeof of.value === 'number' && least !== undefined;
}

/** Refuses a key of a map that is not of a form. */
export function keyed(of: Field, form: string): void {
  if (of.key === '') of.refuse('is required');
  else told(of, of.key, form);
}

function told(of: Field, value: unknown, form: string): void {
  const wrong = forms[form]?.(String(value));
  if (wrong) of.refuse(`${JSON.stringify(value)} ${wrong}`);
}

function amount(of: Field, { least, most, absent, share }: Demands): void {
  const value = typeof of.value === 'number' ? of.value : of.isSet ? undefined : absent;
  const floor = share === undefined ? least : 0;
  if (value !== undefined && floor !== undefined && value < floor) of.refuse(`is ${value}, the least is ${floor}`);
  if (value !== undefined && most !== undefined && value > most) of.refuse(`is ${value}, the most is ${most}`);
  if (share === undefined || of.text === '') return;
  if (!/^\d+%$/.test(of.text))
    of.refuse(`${JSON.stringify(of.value)} is neither a number nor a percentage such as 25%`);
  else if (Number.parseInt(of.text, 10) > share) of.refuse(`is ${of.value}, the most is ${share}%`);
}
