/** One thing that a person, a merge or a program gets wrong. */
export const classes = ['drop', 'retype', 'rename', 'dangle', 'overflow', 'repeat'] as const;
export type Class = (typeof classes)[number];

export interface Mutation {
  readonly object: any;
  /** The index of the object that it was made of. */
  readonly index: number;
  /** For a person: `rename spec.replicas to spec.replica`. */
  readonly what: string;
}

type Place = readonly (string | number)[];
/** Undefined where there is nothing to choose from. */
type Draw = <T>(from: readonly T[]) => T | undefined;

/**
 * The same seed makes the same mutation of the same objects.
 *
 * What is left alone: what a request is addressed by (apiVersion and kind are changed, never dropped), and the text of
 * CEL expressions, which only a server compiles.
 */
export function mutate(objects: readonly any[], kind: Class, seed: number): Mutation {
  const draw = drawing(seed * classes.length + classes.indexOf(kind));
  for (;;) {
    // By kind first, or the many policies would be most of it.
    const kinds = [...new Set(objects.map((each) => each.kind))];
    const chosen = draw(kinds);
    const original = draw(objects.filter((each) => each.kind === chosen));
    const object = structuredClone(original);
    const places = placesIn(object).filter((place) => !/(^|\.)(message)?expression$/i.test(place.join('.')));
    const what = mutations[kind](object, places, draw);
    if (what) return { object, index: objects.indexOf(original), what: `${object.kind}: ${kind} ${what}` };
  }
}

const mutations: Readonly<
  Record<Class, (object: any, places: readonly Place[], draw: Draw) => string | undefined>
> = {
  drop(object, places, draw) {
    const place = draw(
      places.filter((each) => !/^(apiVersion|kind|metadata|metadata\.name)$/.test(each.join('.'))),
    );
    if (!place) return undefined;
    remove(object, place);
    return place.join('.');
  },
  retype(object, places, draw) {
    const place = draw(
      places.filter((each) => !/^(apiVersion|kind|metadata|metadata\.name(space)?)$/.test(each.join('.'))),
    );
    if (!place) return undefined;
    const old = read(object, place);
    const others = [null, 'text', 7, 1.5, true, ['text'], { key: 'text' }, String(old), Number(old) || 3];
    const value = draw(
      others.filter((each) => typeof each !== typeof old || Array.isArray(each) !== Array.isArray(old)),
    );
    write(object, place, value);
    return `${place.join('.')} to ${JSON.stringify(value)}`;
  },
  rename(object, places, draw) {
    const place = draw(
      places.filter(
        (each) => typeof each.at(-1) === 'string' && each.length > 1 && each.join('.') !== 'metadata.name',
      ),
    );
    if (!place) return undefined;
    const key = place.at(-1) as string;
    const name = draw([
      `${key}s`,
      key.slice(0, -1),
      key[0]?.toUpperCase() + key.slice(1),
      key.toLowerCase(),
      `x${key}`,
      `${key} `,
    ]);
    const parent = read(object, place.slice(0, -1));
    if (!name || name in parent) return undefined;
    parent[name] = parent[key];
    delete parent[key];
    return `${place.join('.')} to ${JSON.stringify(name)}`;
  },
  dangle(object, places, draw) {
    const named = places.filter(
      (each) =>
        typeof read(object, each) === 'string' && !/^(metadata\.(annotations|name$)|data)/.test(each.join('.')),
    );
    const place = draw(
      named.filter((each) =>
        /name|ref|key|class|selector|label|app|kind|apiversion|group|port|account|version/i.test(each.join('.')),
      ),
    );
    if (!place) return undefined;
    const value = draw(['missing', `${read(object, place)}-2`, '']);
    if (!place) return undefined;
    write(object, place, value);
    return `${place.join('.')} to ${JSON.stringify(value)}`;
  },
  overflow(object, places, draw) {
    const place = draw(places.filter((each) => typeof read(object, each) !== 'object'));
    if (!place) return undefined;
    const old = read(object, place);
    const value =
      typeof old === 'number'
        ? draw([-1, 0, 70_000, 2 ** 31, 2 ** 33, 1e20, old * 1000])
        : typeof old === 'string'
          ? draw([
              'x'.repeat(64),
              'x'.repeat(254),
              'Bad_Name!',
              `${old} `,
              `-${old}`,
              '-1',
              '12Q',
              '150%',
              '../up',
              '9999h',
              'ünïcode',
            ])
          : draw([2, 'yes']);
    write(object, place, value);
    return `${place.join('.')} to ${JSON.stringify(value).slice(0, 40)}`;
  },
  repeat(object, places, draw) {
    const lists = places.filter((each) => Array.isArray(read(object, each)) && read(object, each).length > 0);
    if (lists.length === 0) return undefined;
    const place = draw(lists);
    if (!place) return undefined;
    const list = read(object, place);
    const element = draw(list);
    list.push(structuredClone(element));
    return `${place.join('.')}`;
  },
};

/** Every field and element, outermost first. */
function placesIn(value: any, at: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const keys = Array.isArray(value) ? value.keys() : Object.keys(value);
  return [...keys].flatMap((key) => [[...at, key], ...placesIn(value[key], [...at, key])]);
}

function read(object: any, place: Place): any {
  return place.reduce((value, key) => value[key], object);
}

function write(object: any, place: Place, value: unknown): void {
  read(object, place.slice(0, -1))[place.at(-1) as string] = value;
}

function remove(object: any, place: Place): void {
  const parent = read(object, place.slice(0, -1));
  const key = place.at(-1) as string | number;
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
}

/** mulberry32: small, and good enough to choose by. */
function drawing(seed: number): Draw {
  let state = (seed * 0x9e3779b1) >>> 0;
  return (from) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return from[((mixed ^ (mixed >>> 14)) >>> 0) % from.length] as any;
  };
}
