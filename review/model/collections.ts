/** The same, reckoned once for each object that it is asked of. */
export function oncePer<Of extends object, T>(reckon: (of: Of) => T): (of: Of) => T {
  const known = new WeakMap<Of, { readonly value: T }>();
  return (of) => {
    const found = known.get(of) ?? { value: reckon(of) };
    known.set(of, found);
    return found.value;
  };
}

/** What stands under the same key, in the order of the first of each. */
export function gathered<Key, T>(entries: Iterable<readonly [key: Key, each: T]>): Map<Key, T[]> {
  const groups = new Map<Key, T[]>();
  for (const [key, each] of entries) {
    const group = groups.get(key);
    if (group) group.push(each);
    else groups.set(key, [each]);
  }
  return groups;
}

/** The same of things that know their key. */
export function groupedBy<T, Key>(all: readonly T[], keyOf: (each: T) => Key): Map<Key, T[]> {
  return gathered(all.map((each) => [keyOf(each), each]));
}
