import { isMap, isNode, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml';

/** Where a field stands, counted from 1. */
interface Position {
  readonly line: number;
  readonly column: number;
}

/** One step to a field: a key, a place in a list, or the element of a list with this name. */
export type Step = string | number | { readonly name: string };

/** Finds fields in the text of a manifest. A field that is missing stands where its parent does. */
export function positionsIn(text: string): (path: readonly Step[]) => Position {
  const lines = new LineCounter();
  const [document] = parseAllDocuments(text, { lineCounter: lines });
  return (path) => {
    let node: unknown = document && 'contents' in document ? document.contents : undefined;
    let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
    for (const step of path) {
      if (isMap(node)) {
        const pair = node.items.find(({ key }) => isScalar(key) && key.value === step);
        if (!pair || !isScalar(pair.key)) break;
        offset = pair.key.range?.[0] ?? offset;
        node = pair.value;
      } else if (isSeq(node)) {
        node =
          typeof step === 'object'
            ? node.items.find((each) => isMap(each) && each.get('name') === step.name)
            : node.items[Number(step)];
        if (!isNode(node) || !node.range) break;
        offset = node.range[0];
      } else break;
    }
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
}

/** The same in any file; one is read when something is said of it and never before, because knowing positions is slow. */
export function positions(textOf: (file: string) => string): (file: string, path: readonly Step[]) => Position {
  const known = new Map<string, ReturnType<typeof positionsIn>>();
  return (file, path) => {
    const find = known.get(file) ?? positionsIn(textOf(file));
    known.set(file, find);
    return find(path);
  };
}
