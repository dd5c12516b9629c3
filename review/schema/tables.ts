import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { groupOf } from '../model/identity';
import type { Index, Node, Shape, Table } from './table';

/** A kind as the API server knows it. */
interface KnownKind {
  /** `#<table>/<type>` */
  readonly type: string;
  readonly shape: Shape;
  readonly namespaced: boolean;
  readonly builtIn: boolean;
}

/** The committed tables, of which only those are read that are asked for. */
export class Schemas {
  private readonly tables = new Map<string, Table>();
  private readonly shapes = new Map<string, Shape>();
  private loaded: Index | undefined;

  /** @param folder `review/schema/tables` of the repository */
  constructor(private readonly folder: string) {}

  /** The version of Kubernetes by which the built-in kinds are judged. */
  get kubernetes(): string {
    return this.index.kubernetes;
  }

  /** Every `apiVersion` that is known. */
  get versions(): readonly string[] {
    return Object.keys(this.index.tables);
  }

  kind(apiVersion: string, kind: string): KnownKind | undefined {
    const { tables } = this.index;
    const table = Object.hasOwn(tables, apiVersion) ? tables[apiVersion] : undefined;
    const found = table === undefined ? undefined : this.table(table).kinds[kind];
    return found && { ...found, shape: this.shape(found.type), builtIn: !this.custom(apiVersion) };
  }

  /** The groups that have a kind of this name, and whether it is in a namespace. */
  groupsOf(kind: string): readonly { readonly group: string; readonly namespaced: boolean }[] {
    const groups = new Map<string, boolean>();
    for (const apiVersion of this.versions) {
      const found = this.kind(apiVersion, kind);
      if (found) groups.set(groupOf(apiVersion), found.namespaced);
    }
    return [...groups].map(([group, namespaced]) => ({ group, namespaced }));
  }

  /** Whether the definition of a kind has rules in CEL, which nothing here evaluates. */
  hasExpressions(apiVersion: string, kind: string): boolean {
    const seen = new Set<string>();
    const has = (node: Node): boolean => {
      if (typeof node === 'string') {
        if (!node.startsWith('#') || seen.has(node)) return false;
        seen.add(node);
        return has(this.shape(node));
      }
      const { fields = {}, map = 'any', list = 'any', cel = 0 } = node;
      return cel > 0 || [...Object.values(fields), map, list].some(has);
    };
    const known = this.kind(apiVersion, kind);
    return known !== undefined && !known.builtIn && has(known.shape);
  }

  /** @param reference `#<table>/<type>` */
  shape(reference: string): Shape {
    const known = this.shapes.get(reference);
    if (known) return known;
    const [table = '', type = ''] = reference.slice(1).split('/');
    const node = this.table(table).types[type];
    if (node === undefined)
      throw new Error(`review/schema/tables/${table}.json has no type ${type}; npm run schemas`);
    const shape = typeof node !== 'string' ? node : node.startsWith('#') ? this.shape(node) : { type: node };
    this.shapes.set(reference, shape);
    return shape;
  }

  private get index(): Index {
    this.loaded ??= this.read<Index>('index');
    return this.loaded;
  }

  private table(name: string): Table {
    const table = this.tables.get(name) ?? this.read<Table>(name);
    this.tables.set(name, table);
    return table;
  }

  private read<T>(name: string): T {
    const file = join(this.folder, `${name}.json`);
    if (!existsSync(file)) throw new Error(`${file} is missing; npm run schemas writes it`);
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  }

  /** Only Kubernetes' own groups end in `.k8s.io` or have no dot. */
  private custom(apiVersion: string): boolean {
    const [group = '', version] = apiVersion.split('/');
    return version !== undefined && group.includes('.') && !group.endsWith('.k8s.io');
  }
}
