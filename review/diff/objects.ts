import { identityOf, withoutHash } from '../model/identity';
import type { Manifest, Unreadable } from '../model/tree';
import { pairUp } from './pair';
import type { Side } from './sides';
import { type Change, type Cosmetic, changesBetween } from './walk';

/** One object that is not the same on both sides. */
export interface ObjectChange {
  readonly environment: string;
  /** `renamed` also when namespace, kind or group is another: for the cluster, a delete and a create. */
  readonly status: 'changed' | 'added' | 'removed' | 'renamed';
  readonly before?: Manifest;
  readonly after?: Manifest;
  /** What the cluster will do something about. */
  readonly changes: readonly Change[];
  /** What it will not. */
  readonly cosmetic: readonly Cosmetic[];
  /** To the folder of another chart, and so from one Application to another. */
  readonly moved: boolean;
  /** Renamed only because its name ends in a hash of its content. */
  readonly hashed: boolean;
}

export interface ComparedObjects {
  readonly changes: readonly ObjectChange[];
  /** Files that hold no object, and objects that two files hold. */
  readonly notes: readonly Unreadable[];
}

/** Pairs the objects of the two sides, whatever files they are in, and walks each pair. */
export function compareObjects(before: Side, after: Side): ComparedObjects {
  const notes = [...before.unreadable.map(({ file, message }) => ({ file, message: `${message} (before)` }))];
  notes.push(...after.unreadable);
  const [was, is] = [index(before.manifests, []), index(after.manifests, notes)];
  const changes: ObjectChange[] = [];
  for (const [identity, manifest] of is) {
    const old = was.get(identity);
    if (!old) continue;
    changes.push(compared(old, manifest, 'changed'));
    was.delete(identity);
    is.delete(identity);
  }
  const { pairs, removed, added } = pairUp([...was.values()], [...is.values()]);
  for (const [old, manifest] of pairs)
    changes.push(compared(old, manifest, sameObject(old, manifest) ? 'changed' : 'renamed'));
  for (const manifest of removed) changes.push(single(manifest, 'removed'));
  for (const manifest of added) changes.push(single(manifest, 'added'));
  return {
    changes: changes.filter((change) => acts(change) || change.cosmetic.length > 0),
    notes,
  };
}

/** Whether the cluster, or Argo CD, will do something about it. */
export function acts({ status, changes, moved }: ObjectChange): boolean {
  return status !== 'changed' || changes.length > 0 || moved;
}

function sameObject({ object: a }: Manifest, { object: b }: Manifest): boolean {
  return identityOf(a) === identityOf(b);
}

function index(manifests: readonly Manifest[], notes: Unreadable[]): Map<string, Manifest> {
  const found = new Map<string, Manifest>();
  for (const manifest of manifests) {
    const identity = `${manifest.environment} ${identityOf(manifest.object)}`;
    const twin = found.get(identity);
    if (twin)
      notes.push({
        file: manifest.file,
        message: `holds the object that ${twin.file} holds too; only that one is compared`,
      });
    else found.set(identity, manifest);
  }
  return found;
}

function compared(before: Manifest, after: Manifest, status: 'changed' | 'renamed'): ObjectChange {
  const { object: old } = before;
  const base = withoutHash(old.metadata.name);
  const hashed =
    status === 'renamed' &&
    base !== undefined &&
    old.kind === after.object.kind &&
    old.metadata.namespace === after.object.metadata.namespace &&
    base === withoutHash(after.object.metadata.name);
  const all = changesBetween(after.object.kind, old, after.object).filter(
    ({ path: [top, field] }) => !(hashed && top === 'metadata' && field === 'name'),
  );
  const cosmetic = all.flatMap((change) => change.cosmetic ?? []);
  const moved = before.chart !== after.chart || before.environment !== after.environment;
  return {
    environment: after.environment,
    status,
    before,
    after,
    changes: all.filter((change) => !change.cosmetic),
    cosmetic:
      before.file !== after.file && !moved && status === 'changed' ? [...cosmetic, 'another file'] : cosmetic,
    moved,
    hashed,
  };
}

function single(manifest: Manifest, status: 'added' | 'removed'): ObjectChange {
  const { environment } = manifest;
  const side = status === 'added' ? { after: manifest } : { before: manifest };
  return { environment, status, ...side, changes: [], cosmetic: [], moved: false, hashed: false };
}
