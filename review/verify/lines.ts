import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMap, isSeq, LineCounter, parseDocument } from 'yaml';

/** One step of a path: a key, an index, or the element of a list with this name. */
export type Step = string | number | { readonly name: string };

/** Where fields stand in the files; a file is read when something is said of it, because knowing lines is slow. */
export class Lines {
  private readonly known = new Map<string, (path: readonly Step[]) => number>();

  constructor(private readonly root: string) {}

  /** The field as a person writes it, and its line, or that of what it would be in. */
  at(file: string, path: readonly Step[]): { readonly path?: string; readonly line: number } {
    const lineOf = this.known.get(file) ?? linesOf(readFileSync(join(this.root, file), 'utf8'));
    this.known.set(file, lineOf);
    return { ...(path.length > 0 && { path: written(path) }), line: lineOf(path) };
  }
}

function linesOf(text: string): (path: readonly Step[]) => number {
  const lines = new LineCounter();
  const { contents } = parseDocument(text, { lineCounter: lines });
  return (path) => {
    let node: any = contents;
    let offset: number = node?.range?.[0] ?? 0;
    for (const step of path) {
      if (isMap(node)) {
        const pair: any = node.items.find(({ key }: any) => key?.value === step);
        if (!pair) break;
        offset = pair.key.range[0];
        node = pair.value;
      } else if (isSeq(node)) {
        const item: any =
          typeof step === 'object'
            ? node.items.find((each) => isMap(each) && each.get('name') === step.name)
            : node.items[Number(step)];
        if (!item?.range) break;
        offset = item.range[0];
        node = item;
      } else break;
    }
    return lines.linePos(offset).line;
  };
}

/** `spec.template.spec.containers[web].image` */
export function written(path: readonly Step[]): string {
  return path
    .map((step, i) => {
      if (typeof step === 'object') return `[${step.name}]`;
      if (typeof step === 'number') return `[${step}]`;
      if (/[./]/.test(step)) return `[${step}]`;
      return i === 0 ? step : `.${step}`;
    })
    .join('');
}

/** Of a field as an API server names it: `spec.containers[0].image`, `metadata.annotations[example.org/key]`. */
export function fieldPath(field: string): Step[] {
  return [...field.matchAll(/\[name="([^"]*)"\]|\["?([^\]"]*)"?\]|([^.[\]]+)/g)].map(([, name, index, key]) => {
    if (name !== undefined) return { name };
    if (index !== undefined) return /^\d+$/.test(index) ? Number(index) : index;
    return key as string;
  });
}
