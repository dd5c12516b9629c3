import { folderOf, groupOf } from '../../model/identity';
import { parseReference } from '../../model/images';
import { at } from '../../model/path';
import { listOf } from '../../model/pods';
import { quantityOf } from '../../model/quantity';
import { optionsKey, syncOptions } from '../../model/sync-options';
import { fieldAt, type KubernetesObject, type Manifest } from '../../model/tree';
import { defaultOf } from '../defaults';
import type { Classed, Classify, Context, Draft } from '../finding';
import foreign from '../foreign-controllers.json';
import type { ObjectChange } from '../objects';
import { pairedContainers, templateIn } from '../pods';
import table from './losses.json';
import { risk } from './risk-words';

/** What goes with an object when it goes, and how to keep a copy. */
interface Loss {
  /** Only where this field is Delete. */
  readonly whereDelete?: string;
  readonly loses: string;
  readonly fix: string;
}

/** Whether Argo CD deletes what an Application deployed with it. */
export const cascades = ({ metadata }: KubernetesObject) =>
  (metadata.finalizers ?? []).some((each) => each.startsWith('resources-finalizer.argocd.argoproj.io'));

const losses: Readonly<Record<string, Loss>> = table.kinds;
const claim: Loss = table.claim;

/** Operators and controllers that delete a database or bucket with the object that asked for it. */
const claims = new RegExp(`^(${foreign.claims.map(({ kind }) => kind).join('|')})$`);

export const dataLoss: Classify = function* (change, context) {
  const { before, after, status } = change;
  if (before && (status === 'removed' || status === 'renamed') && !change.hashed)
    yield* deleted(before, status, cascade(before, context));
  if (before && after) {
    yield* shrunk(change);
    yield* emptied(change);
    yield* kept(change);
    yield* unguarded(before, after);
    yield* deletesFromNowOn(change);
  }
};

/** Whether the Application of the object's folder goes in the same change, and takes with it what it deployed. */
function cascade({ file }: Manifest, { objects }: Context): boolean {
  const folder = folderOf(file);
  return objects.some(
    ({ before, status }) =>
      status === 'removed' &&
      before?.object.kind === 'Application' &&
      before.object.spec?.source?.path === folder &&
      cascades(before.object),
  );
}

/** What is lost when an object is deleted with its Application: nothing where it has a guard, or holds no data. */
export function dataOf(manifest: Manifest): Classed | undefined {
  const [draft] = deleted(manifest, 'removed', true);
  return draft && { class: 'data-loss', ...draft };
}

function* deleted({ object }: Manifest, status: ObjectChange['status'], cascaded: boolean): Iterable<Draft> {
  const loss =
    losses[object.kind] ?? (claims.test(`${groupOf(object.apiVersion)}/${object.kind}`) ? claim : undefined);
  if (!loss || (object.kind === 'AppProject' && !cascades(object))) return;
  if (loss.whereDelete && fieldAt(object, loss.whereDelete.split('.')) !== 'Delete') return;
  const options = syncOptions(object);
  // What is deleted with its Application is not pruned: only Delete= guards it then.
  const [guard, by] = cascaded ? ['Delete', 'with its Application'] : ['Prune', 'by Argo CD’s prune'];
  const { loses, fix } = loss;
  const values = { guard, by, loses, do: fix, name: status === 'renamed' ? ' under its old name' : '' };
  if (options.has(`${guard}=false`)) yield risk('unguarded-later', [], values);
  else if (options.has(`${guard}=confirm`)) yield risk('deleted-on-confirmation', [], values);
  else yield risk('deleted-with-data', [], values);
}

function* shrunk({ changes, after }: ObjectChange): Iterable<Draft> {
  if (after?.object.kind !== 'PersistentVolumeClaim') return;
  for (const { path, before, after: now } of changes)
    if (at(path, 'spec.resources.requests.storage') && (quantityOf(now) ?? 0) < (quantityOf(before) ?? 0))
      yield risk('claim-shrinks', path, { before, after: now });
}

/** Pods that kept their data in a claim and now keep it in a folder that goes with them. */
function* emptied({ before, after }: ObjectChange): Iterable<Draft> {
  const [was, is] = [templateIn(before), templateIn(after)];
  if (!was || !is) return;
  for (const volume of listOf(was.spec.volumes)) {
    const now = listOf(is.spec.volumes).find(({ name }) => name === volume.name);
    if (!volume.persistentVolumeClaim || !now?.emptyDir) continue;
    const before = `claim ${volume.persistentVolumeClaim.claimName}`;
    const { name } = volume;
    const path = [...is.path, 'spec', 'volumes', `[${name}]`];
    yield risk('volume-emptied', path, { name, before, after: 'emptyDir' });
  }
}

/** Containers whose data is where they no longer look for it, or in a form that they cannot read. */
function* kept({ before, after }: ObjectChange): Iterable<Draft> {
  const was = claimsOf(before);
  for (const { name, path, ...both } of pairedContainers(templateIn(before), templateIn(after))) {
    const [old, now] = [both.before, both.after];
    const mounts = listOf(old?.volumeMounts).filter((mount) => was.has(mount.name));
    if (!old || !now || mounts.length === 0) continue;
    for (const { mountPath, subPath = '', name: volume } of mounts) {
      const same = listOf(now.volumeMounts).find((each) => each.mountPath === mountPath);
      // Another volume at the same place is told as that.
      if (same?.name === volume ? (same.subPath ?? '') === subPath : same && !claimsOf(after).has(same.name))
        continue;
      yield risk('data-elsewhere', [...path, 'volumeMounts'], { name, mountPath, volume });
    }
    const [a, b] = [old, now].map(({ image = '' }) => parseReference(image));
    const [from, to] = [majorOf(a?.tag), majorOf(b?.tag)];
    const program = engines.exec(b?.repository ?? '')?.[1];
    if (program && engines.test(a?.repository ?? '') && from && to && from !== to)
      yield risk('other-data-format', [...path, 'image'], { name, program, before: from, after: to });
  }
}

/** Volumes of the pods that are claims. */
function claimsOf(manifest: Manifest | undefined): Set<string> {
  const volumes = listOf(templateIn(manifest)?.spec.volumes).filter((each) => each.persistentVolumeClaim);
  const own = listOf(manifest?.object.spec?.volumeClaimTemplates).map(({ metadata }) => metadata);
  return new Set([...volumes, ...own].map((each) => String(each?.name)));
}

/** What keeps data in files that another major version does not read. */
const engines = new RegExp(`(?:^|/)(${table.engines.join('|')})$`);
const majorOf = (tag = '') => /^v?(\d+)/.exec(tag)?.[1];

function* unguarded(before: Manifest, after: Manifest): Iterable<Draft> {
  const [was, is] = [syncOptions(before.object), syncOptions(after.object)];
  for (const option of ['Prune', 'Delete']) {
    const guards = (options: ReadonlySet<string>) =>
      ['false', 'confirm'].some((how) => options.has(`${option}=${how}`));
    if (guards(was) && !guards(is))
      yield risk(option === 'Prune' ? 'no-prune-guard' : 'no-delete-guard', [
        'metadata',
        'annotations',
        optionsKey,
      ]);
  }
}

const policies: readonly { readonly kind?: string; readonly path: string; readonly deletes: string }[] =
  table.policies;

function* deletesFromNowOn({ before, after }: ObjectChange): Iterable<Draft> {
  if (!before || !after || before.object.kind !== after.object.kind) return;
  for (const { path, kind, deletes } of policies) {
    if (kind && kind !== after.object.kind) continue;
    const steps = path.split('.');
    const valueIn = ({ object }: Manifest) => fieldAt(object, steps);
    const old = valueIn(before) ?? defaultOf(after.object.kind, steps);
    if (valueIn(after) === 'Delete' && old !== 'Delete' && old !== undefined)
      yield risk('deletes-from-now-on', steps, { before: old, after: 'Delete', deletes });
  }
}
