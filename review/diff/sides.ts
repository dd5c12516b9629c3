import { isKubernetesObject, type Manifest, placeOf, Tree, type Unreadable, withoutNulls } from '../model/tree';
import { documentsIn } from '../model/yaml';
import { wellTypedOne } from '../schema/judge';
import type { Schemas } from '../schema/tables';
import { blocksIn, stackOf } from '../terraform/stacks';

/** The two states that are compared, as texts. */
export interface Comparison {
  /** Every file that differs; `before` is absent for a new one, `after` for a removed one. */
  readonly changed: ReadonlyMap<string, { readonly before?: string; readonly after?: string }>;
  /** Every file that does not, read when it is needed. */
  readonly unchanged: ReadonlyMap<string, () => string>;
}

/** One of the two states. What did not change is parsed only where somebody asks for its kind. */
export class Side {
  readonly manifests: readonly Manifest[];
  readonly unreadable: readonly Unreadable[];
  private readonly kinds = new Map<string, readonly Manifest[]>();
  private whole?: Tree;

  constructor(
    private readonly texts: ReadonlyMap<string, string>,
    private readonly rest: Unchanged,
    private readonly schemas?: Schemas,
  ) {
    const read = [...texts].map(([file, text]) => parse(file, text));
    this.manifests = read.flatMap(({ manifests }) => manifests);
    this.unreadable = read.flatMap(({ unreadable }) => unreadable);
  }

  /** Without values that have another type than their field. */
  typed(manifest: Manifest): Manifest {
    const isBlock = stackOf(manifest.file) !== undefined;
    return this.schemas && !isBlock ? wellTypedOne(manifest, this.schemas) : manifest;
  }

  /** Every object of these kinds, changed or not. */
  ofKind<K extends string>(...kinds: readonly K[]): readonly Manifest<K>[] {
    const found = kinds.flatMap((kind) => {
      let all = this.kinds.get(kind);
      if (!all) {
        const found = [...this.manifests.filter(({ object }) => object.kind === kind), ...this.rest.ofKind(kind)];
        all = found.map((each) => this.typed(each));
        this.kinds.set(kind, all);
      }
      return all;
    });
    return found as unknown as Manifest<K>[];
  }

  find<K extends string>(kind: K, namespace: string | undefined, name: string): Manifest<K> | undefined {
    return this.ofKind(kind).find(
      ({ object: { metadata } }) => metadata.name === name && metadata.namespace === namespace,
    );
  }

  /** What differs and is an object of Kubernetes. */
  changed(): readonly Manifest[] {
    const objects = this.manifests.filter(({ file }) => stackOf(file) === undefined);
    return objects.map((each) => this.typed(each));
  }

  /** Every file, changed or not. */
  files(): string[] {
    return [...this.texts.keys(), ...this.rest.names()].sort();
  }

  /** All objects, for what counts them together. */
  tree(): Tree {
    this.whole ??= new Tree(
      [...this.changed(), ...this.rest.all()].sort((a, b) => (a.file < b.file ? -1 : 1)),
      this.unreadable,
    );
    return this.whole;
  }

  textOf(file: string): string | undefined {
    return this.texts.get(file) ?? this.rest.textOf(file);
  }
}

/**
 * Both states of a comparison, which share what did not change.
 *
 * @param schemas when given, what is asked for by kind has no value of another type than its field
 */
export function sidesOf({ changed, unchanged }: Comparison, schemas?: Schemas): { before: Side; after: Side } {
  const rest = new Unchanged(unchanged);
  const texts = (side: 'before' | 'after') =>
    new Map(
      [...changed].flatMap(([file, text]) => (text[side] === undefined ? [] : [[file, text[side]] as const])),
    );
  return { before: new Side(texts('before'), rest, schemas), after: new Side(texts('after'), rest, schemas) };
}

class Unchanged {
  private index?: Map<string, string[]>;
  private readonly parsed = new Map<string, readonly Manifest[]>();
  private readonly texts = new Map<string, string>();

  constructor(private readonly files: Comparison['unchanged']) {}

  ofKind(kind: string): readonly Manifest[] {
    this.index ??= this.indexed();
    return (this.index.get(kind) ?? [])
      .flatMap((file) => this.read(file))
      .filter(({ object }) => object.kind === kind);
  }

  textOf(file: string): string | undefined {
    const known = this.texts.get(file) ?? this.files.get(file)?.();
    if (known !== undefined) this.texts.set(file, known);
    return known;
  }

  names(): Iterable<string> {
    return this.files.keys();
  }

  all(): readonly Manifest[] {
    return [...this.files.keys()].flatMap((file) => this.read(file));
  }

  private read(file: string): readonly Manifest[] {
    let manifests = this.parsed.get(file);
    if (!manifests) {
      manifests = parse(file, this.textOf(file) ?? '').manifests;
      this.parsed.set(file, manifests);
    }
    return manifests;
  }

  private indexed(): Map<string, string[]> {
    const index = new Map<string, string[]>();
    for (const file of this.files.keys())
      for (const [, kind = ''] of (this.textOf(file) ?? '').matchAll(/^kind: ['"]?(\w+)/gm))
        index.set(kind, [...(index.get(kind) ?? []), file]);
    return index;
  }
}

function parse(file: string, text: string): { manifests: Manifest[]; unreadable: Unreadable[] } {
  try {
    if (stackOf(file) !== undefined) return { manifests: blocksIn(file, text), unreadable: [] };
    const objects = documentsIn(text);
    const odd = objects.filter((object) => !isKubernetesObject(object));
    return {
      manifests: objects
        .filter(isKubernetesObject)
        .map((object) => ({ file, ...placeOf(file), ...withoutNulls(object) })),
      unreadable: odd.map(() => ({ file, message: 'holds something without apiVersion, kind and metadata.name' })),
    };
  } catch (error) {
    return { manifests: [], unreadable: [{ file, message: (error as Error).message }] };
  }
}
