import { fieldAt } from '../model/tree';
import type { Difference } from './difference';
import { fieldManager } from './server';

/** Who wrote something, as the server keeps it: the name that a program gives itself, never the person. */
interface Writer {
  readonly manager: string;
  /** When it wrote last. */
  readonly time?: string;
}

/** The writers that own a field, the last one first. */
export function ownersOf(live: Written, { path, elements }: Difference): Writer[] {
  return entriesOf(live)
    .filter(({ fieldsV1 }) => owns(fieldsV1 as OwnedFields | undefined, path, elements))
    .map(writer);
}

/** Who wrote last to an object, but for Argo CD and what controllers write to its status. */
export function lastWriter(live: Written): Writer | undefined {
  const other = entriesOf(live).find(({ manager, subresource }) => manager !== fieldManager && !subresource);
  return other && writer(other);
}

/** Fields of which a writer is: `f:` and a key, `k:` and the keys of an element, `v:` and a value. */
interface OwnedFields {
  readonly [key: string]: OwnedFields;
}

interface Entry extends Writer {
  readonly subresource?: string;
  readonly fieldsV1?: object;
}

/** An object with what the server keeps of its writers. */
interface Written {
  readonly metadata: object & { readonly managedFields?: readonly Entry[] };
}

function entriesOf({ metadata: { managedFields = [] } }: Written): Entry[] {
  return [...managedFields].sort((a, b) => String(b.time ?? '').localeCompare(String(a.time ?? '')));
}

function writer({ manager, time }: Entry): Writer {
  return { manager, ...(time && { time }) };
}

function owns(tree: OwnedFields | undefined, path: Difference['path'], elements: readonly unknown[]): boolean {
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

function elementOf(node: OwnedFields, element: unknown): OwnedFields | undefined {
  const key = Object.keys(node).find((each) => {
    if (each.startsWith('v:')) return each.slice(2) === JSON.stringify(element);
    if (!each.startsWith('k:')) return false;
    const keys: Record<string, unknown> = JSON.parse(each.slice(2));
    return Object.entries(keys).every(([name, value]) => fieldAt(element, [name]) === value);
  });
  return key === undefined ? undefined : node[key];
}
