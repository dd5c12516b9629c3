import { isMap, isSeq, LineCounter, parseAllDocuments } from 'yaml';

/** Where a field stands, counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Finds fields in the text of a manifest; read only for files with findings, because knowing positions is slow. */
export function positionsIn(text: string): (path: readonly (string | number)[]) => Position {
  const lines = new LineCounter();
  const [document] = parseAllDocuments(text, { lineCounter: lines });
  return (path) => {
    let node: any = document && 'contents' in document ? document.contents : undefined;
    let offset = node?.range?.[0] ?? 0;
    for (const key of path) {
      if (isMap(node)) {
        const pair: any = node.items.find((item: any) => item.key?.value === key);
        // A field that is missing stands where its parent does.
        if (!pair) break;
        offset = pair.key.range[0];
        node = pair.value;
      } else if (isSeq(node)) {
        node = node.items[Number(key)];
        if (!node?.range) break;
        offset = node.range[0];
      } else break;
    }
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
}
