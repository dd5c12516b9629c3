import type { Difference } from './difference';
import { fieldManager } from './server';

/** Who wrote something, as the server keeps it: the name that a program gives itself, never the person. */
export interface Writer {
  readonly manager: string;
  /** When it wrote last. */
  readonly time?: string;
}

/** The writers that own a field, the last one first. */
export function ownersOf(live: any, { path, elements }: Difference): Writer[] {
  return entriesOf(live)
    .filter(({ fieldsV1 }) => owns(fieldsV1, path, elements))
    .map(writer);
}

/** Who wrote last to an object, but for Argo CD and what controllers write to its status. */
export function lastWriter(live: any): Writer | undefined {
  const other = entriesOf(live).find(({ manager, subresource }) => manager !== fieldManager && !subresource);
  return other && writer(other);
}

function entriesOf(live: any): any[] {
  const entries: any[] = live.metadata.managedFields ?? [];
  return [...entries].sort((a, b) => String(b.time ?? '').localeCompare(String(a.time ?? '')));
}

function writer({ manager, time }: any): Writer {
  return { manager, ...(time && { time }) };
}

/** @param tree of FieldsV1: `f:` and a key, `k:` and the keys of an element, `v:` and a value */
function owns(tree: any, path: Difference['path'], elements: readonly unknown[]): boolean {
  let node = tree;
  for (const [i, step] of path.entries()) {
    if (!node) return false;
    // A list or map that is owned as a whole has nothing below it.
    if (Object.keys(node).length === 0) return i > 0;
    const element = elements[i];
    node = element === undefined ? node[`f:${step}`] : elementOf(node, element);
  }
  return node !== undefined;
}

function elementOf(node: Record<string, unknown>, element: unknown): unknown {
  const key = Object.keys(node).find((each) => {
    if (each.startsWith('v:')) return each.slice(2) === JSON.stringify(element);
    if (!each.startsWith('k:')) return false;
    const keys: Record<string, unknown> = JSON.parse(each.slice(2));
    return Object.entries(keys).every(([name, value]) => (element as any)?.[name] === value);
  });
  return key && node[key];
}
