import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Kinds, Named } from './kinds';
import { documentsIn } from './yaml';

/** From an object to one of its fields: keys, and for an element of a list its place. */
export type Steps = readonly (string | number)[];

/** What every object of Kubernetes has; the rest is read by whoever knows the kind. */
export interface KubernetesObject extends Named {
  // biome-ignore lint/suspicious/noExplicitAny: of a kind that is not listed in kinds.ts nothing is known
  readonly [field: string]: any;
}

/** What is known of an object of this kind; of a kind that is not listed, what every object has. */
export type ObjectOf<K extends string> = K extends keyof Kinds ? Kinds[K] : KubernetesObject;

/** One file of `dist/` or `argocd/`. */
export interface Manifest<K extends string = string> {
  /** From the repository's root: `dist/production/web/Rollout.web.yaml`. */
  readonly file: string;
  /** The folder under `dist/`, and `argocd` for what is beside it. */
  readonly environment: string;
  readonly chart: string;
  readonly object: ObjectOf<K>;
  /** As it is written, where that has fields that are null: `object` has not, as null is nothing to Kubernetes. */
  readonly written?: KubernetesObject;
}

/** A file that holds no object, and why. */
export interface Unreadable {
  readonly file: string;
  readonly message: string;
}

/** All objects of a repository, and how to find one among them. */
export class Tree {
  private readonly kinds = new Map<string, Manifest[]>();
  private readonly identities = new Map<string, Manifest>();

  constructor(
    readonly manifests: readonly Manifest[],
    readonly unreadable: readonly Unreadable[] = [],
  ) {
    for (const manifest of manifests) {
      const { kind, metadata } = manifest.object;
      const same = this.kinds.get(kind);
      if (same) same.push(manifest);
      else this.kinds.set(kind, [manifest]);
      this.identities.set(`${kind}/${metadata.namespace ?? ''}/${metadata.name}`, manifest);
    }
  }

  /** Every object of these kinds, in the order of their files. */
  ofKind<K extends string>(...kinds: readonly K[]): readonly Manifest<K>[] {
    return kinds.flatMap((kind) => this.kinds.get(kind) ?? []) as unknown as Manifest<K>[];
  }

  /** @param namespace absent for what is not in one */
  find<K extends string>(kind: K, namespace: string | undefined, name: string): Manifest<K> | undefined {
    return this.identities.get(`${kind}/${namespace ?? ''}/${name}`) as Manifest<K> | undefined;
  }
}

/** Reads every manifest under `dist/` and `argocd/`, sorted by path. */
export function readTree(root: string): Tree {
  return parseTree(readTexts(root));
}

/** Every file under these folders of manifests, path to text, sorted by path. */
export function readTexts(root: string, folders: readonly string[] = ['argocd', 'dist']): Map<string, string> {
  const texts = [...folders]
    .sort()
    .flatMap((folder) =>
      filesBelow(root, folder).map((file) => [file, readFileSync(join(root, file), 'utf8')] as const),
    );
  return new Map(texts);
}

/** With what Argo CD renders a folder that holds such a file, instead of reading its manifests (`Discover`, util/app/discovery). */
export function rendererOf(file: string): string | undefined {
  if (/(^|\/)(kustomization\.ya?ml|Kustomization)$/.test(file)) return 'Kustomize';
  return file.endsWith('Chart.yaml') ? 'Helm' : undefined;
}

/**
 * @param texts path to text, as synth makes them
 * @param known the object of a file that need not be parsed, because this is its very text
 */
export function parseTree(
  texts: ReadonlyMap<string, string>,
  known: (file: string, text: string) => KubernetesObject | undefined = () => undefined,
): Tree {
  const manifests: Manifest[] = [];
  const unreadable: Unreadable[] = [];
  for (const [file, text] of texts) {
    const renderer = rendererOf(file);
    if (renderer) {
      const message = `makes Argo CD render the folder with ${renderer}, and prune what that does not make; remove the file`;
      unreadable.push({ file, message });
    }
    if (renderer || !file.endsWith('.yaml')) continue;
    try {
      const made = known(file, text);
      const [only, ...more] = made ? [made] : (documentsIn(text) as (KubernetesObject | undefined)[]);
      const object = more.length === 0 ? only : undefined;
      // What synth prints has the word for every null.
      const nulls = made === undefined || text.includes('null');
      if (!isKubernetesObject(object))
        unreadable.push({
          file,
          message:
            more.length > 0
              ? `holds ${more.length + 1} documents; one file is one object`
              : 'holds no object with apiVersion, kind and metadata.name',
        });
      else
        manifests.push({
          file,
          ...placeOf(file),
          ...(nulls ? withoutNulls(object) : { object }),
        });
    } catch (error) {
      unreadable.push({ file, message: (error as Error).message });
    }
  }
  return new Tree(manifests, unreadable);
}

/** Whether a document is an object, with a kind that no object of JavaScript has as a field: `toString`. */
export function isKubernetesObject(document: unknown): document is KubernetesObject {
  const { apiVersion, kind, metadata } = (document ?? {}) as Partial<KubernetesObject>;
  return typeof apiVersion === 'string' && isKind(kind) && typeof metadata?.name === 'string';
}

function hasNull(value: unknown): boolean {
  if (typeof value !== 'object') return false;
  return value === null || Object.values(value).some(hasNull);
}

/** As Kubernetes takes it, beside how it is written where that is another. Elements of lists keep their places. */
export function withoutNulls(written: KubernetesObject): Pick<Manifest, 'object' | 'written'> {
  if (!hasNull(written)) return { object: written };
  const strip = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(strip);
    if (typeof value !== 'object' || value === null) return value;
    const fields = Object.entries(value).filter(([, inner]) => inner !== null);
    return Object.fromEntries(fields.map(([key, inner]) => [key, strip(inner)]));
  };
  return { object: strip(written) as KubernetesObject, written };
}

/** A file's path from the folder of its system: `dist/…` of `examples/<system>/dist/…`. */
export function inSystem(file: string): string {
  return file.replace(/^examples\/[^/]+\//, '');
}

/** Whose a file below `dist/` or `argocd/` is. */
export function placeOf(file: string): { environment: string; chart: string } {
  const [top = '', first = '', second = ''] = inSystem(file).split('/');
  return top === 'dist' ? { environment: first, chart: second } : { environment: top, chart: first };
}

/** Zalando's operator calls one `postgresql`; what every object of JavaScript has is none. */
function isKind(name: unknown): name is string {
  return typeof name === 'string' && /^[A-Za-z][A-Za-z0-9]{0,62}$/.test(name) && !(name in Object.prototype);
}

/**
 * Every file below a folder of the repository, sorted; none when there is no such folder.
 *
 * @throws Error at a link, a pipe or a socket: it may lead anywhere, or never end
 */
export function filesBelow(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((item) => {
      const path = `${folder}/${item.name}`;
      if (item.isDirectory()) return filesBelow(root, path);
      if (!item.isFile())
        throw new Error(`${path}: is a link or a pipe, and what is delivered is a file; remove it`);
      return [path];
    });
}

/** The object with the fields of its kind, if it is of this one. */
export function asKind<K extends string>(manifest: Manifest | undefined, ...kinds: readonly K[]) {
  return kinds.some((kind) => kind === manifest?.object.kind) ? (manifest as unknown as Manifest<K>) : undefined;
}

/** What stands at a path of a value of unknown type; undefined where it ends before. */
export function fieldAt(value: unknown, path: Steps): unknown {
  return path.reduce<unknown>((of, step) => (of as Readonly<Record<string, unknown>> | undefined)?.[step], value);
}
