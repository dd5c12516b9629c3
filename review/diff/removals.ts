import { backendsOf } from '../balancer/routes';
import { gathered } from '../model/collections';
import { folderOf } from '../model/identity';
import { listOf } from '../model/pods';
import { selects } from '../model/selection';
import { syncOptions } from '../model/sync-options';
import { inSystem, type Manifest } from '../model/tree';
import { few } from '../report/finding';
import { levels } from '../rule';
import { cascades, dataOf } from './classes/data-loss';
import { risk } from './classes/risk-words';
import { type Classed, type Context, subjectOf } from './finding';
import type { ObjectChange } from './objects';
import { templateIn } from './pods';

interface Told {
  readonly change: ObjectChange;
  readonly drafts: readonly Classed[];
}

/** The first of these that goes is what the others go with. */
const heads = ['Application', 'Rollout', 'StatefulSet', 'Deployment', 'Service'];

/**
 * What goes together is one event and one finding, at its worst, with those who still use it: an Application with all
 * that it deployed, a folder of which nothing is left, else an object by itself.
 */
export function byEvent(told: readonly Told[], context: Context): Told[] {
  const left = new Set(context.after.files().map(folderOf));
  const events = told.flatMap((each): [string, Told][] => {
    const { before, status } = each.change;
    if (!before || status !== 'removed' || !/^(dist|argocd)\//.test(inSystem(before.file))) return [];
    const folder = before.object.kind === 'Application' ? before.object.spec?.source?.path : folderOf(before.file);
    const whole = before.object.kind === 'Application' || !left.has(folder) || goes(folder, told);
    return [[whole && folder ? folder : before.file, each]];
  });
  const rewritten = new Map(
    [...gathered(events)].flatMap(([folder, members]) => joined(folder, members, context)),
  );
  return told.map((each) => rewritten.get(each) ?? each);
}

function goes(folder: string, told: readonly Told[]): boolean {
  return told.some(
    ({ change: { before, status } }) =>
      status === 'removed' && before?.object.kind === 'Application' && before.object.spec?.source?.path === folder,
  );
}

function joined(folder: string, members: readonly Told[], context: Context): [Told, Told][] {
  const [head, ...others] = [...members].sort((a, b) => rank(subjectOf(a.change)) - rank(subjectOf(b.change)));
  if (!head) return [];
  const manifests = members.map(({ change }) => subjectOf(change));
  const application = manifests.find(({ object }) => object.kind === 'Application');
  const taken = application && cascades(application.object);
  // Without its files in this change, what the Application takes along is what the folder holds.
  const deployed = manifests.filter((each) => each !== application);
  const along = taken && deployed.length === 0 ? inFolder(folder, context) : deployed;
  const users = usersOf([...along, ...manifests], context);
  const kept = along.filter(({ object }) => syncOptions(object).has(`${taken ? 'Delete' : 'Prune'}=false`));
  const own: Part[] = members.flatMap(({ change, drafts }) =>
    members.length > 1 && kept.includes(subjectOf(change))
      ? []
      : drafts.filter(({ path }) => path.length === 0).map((draft) => [subjectOf(change), draft] as const),
  );
  const lost: Part[] = taken && deployed.length === 0 ? along.flatMap((each) => partOf(each, dataOf(each))) : [];
  const about = subjectOf(head.change);
  if (taken && along.length === 0) lost.push([about, { class: 'data-loss', ...risk('deployed-unseen', []) }]);
  const [first, ...more] = [...own, ...lost].sort(
    ([, a], [, b]) => levels.indexOf(b.level) - levels.indexOf(a.level),
  );
  if (!first || (more.length === 0 && users.length === 0)) return [];
  const [at, worst] = first;
  const rest = [...along]
    .sort((a, b) => rank(a) - rank(b))
    .filter((each) => each !== about && each !== at && !kept.includes(each));
  const silent = ['removed', 'new'].includes(worst.class) && worst.level === 'info';
  const says = [
    application && !taken
      ? 'is deleted and leaves what it deployed'
      : `is deleted${rest.length > 0 ? `, and with it ${named(rest)}` : ''}`,
    !silent && `${at === about ? '' : `${named([at])} `}${worst.says}`,
    users.length > 0 &&
      `still used by ${few(users.map((file) => file.replace(/^.*\/([^/.]+)\.([^/]+)\.yaml$/, '$1 $2')))}`,
    kept.length > 0 && `${named(kept)} ${kept.length === 1 ? 'stays' : 'stay'} in the cluster`,
  ];
  const used = users.length > 0 && !['high', 'critical'].includes(worst.level);
  const draft: Classed = {
    ...worst,
    // A reader must not overlook that pods end.
    ...(worst.level === 'info' && along.some((each) => templateIn(each)) && { level: 'warn' }),
    ...(used && inUse),
    path: [],
    before: undefined,
    after: undefined,
    says: says.filter(Boolean).join('; '),
    users,
    folder,
  };
  const apart = (drafts: readonly Classed[]) => drafts.filter(({ path }) => path.length > 0);
  return [
    [head, { ...head, drafts: [draft, ...apart(head.drafts)] }],
    ...others.map((each): [Told, Told] => [each, { ...each, drafts: apart(each.drafts) }]),
  ];
}

/** Something that goes, and what is said of it. */
type Part = readonly [Manifest, Classed];

function partOf(manifest: Manifest, draft: Classed | undefined): Part[] {
  return draft ? [[manifest, draft]] : [];
}

const inUse = {
  class: 'availability',
  level: 'high',
  why: 'Who uses it finds nobody at its address from the sync on.',
  fix: 'let the users go of it first, in a change of its own',
} as const;

function named(list: readonly Manifest[]): string {
  return few(list.map(({ object }) => `${object.kind} ${object.metadata.name}`));
}

function rank({ object }: Manifest): number {
  return (heads.indexOf(object.kind) + heads.length + 1) % (heads.length + 1);
}

function inFolder(folder: string, { before }: Context): Manifest[] {
  return before.tree().manifests.filter(({ file }) => folderOf(file) === folder);
}

/** The files of those who name the address of a Service that goes, sends requests to it, or opens the network to pods that go. */
function usersOf(gone: readonly Manifest[], { after }: Context): string[] {
  const services = gone.filter(({ object }) => object.kind === 'Service').map(({ object }) => object.metadata);
  const pods = gone.flatMap((each) => {
    const template = templateIn(each);
    return template ? [{ namespace: each.object.metadata.namespace, labels: template.labels }] : [];
  });
  if (services.length === 0 && pods.length === 0) return [];
  const users = new Set<string>();
  if (services.length > 0)
    for (const file of after.files()) {
      const text = /^dist\//.test(inSystem(file)) ? after.textOf(file) : undefined;
      if (text && services.some((each) => text.includes(`${each.name}.${each.namespace}.svc`))) users.add(file);
    }
  for (const { object, file } of after.ofKind('Ingress'))
    for (const { service } of backendsOf(object.spec))
      if (
        services.some(({ name, namespace }) => name === service?.name && namespace === object.metadata.namespace)
      )
        users.add(file);
  for (const { object, file } of after.ofKind('NetworkPolicy')) {
    const peers = listOf(object.spec?.egress).flatMap(({ to }) => listOf(to));
    for (const { podSelector, namespaceSelector } of peers)
      if (
        podSelector?.matchLabels &&
        !namespaceSelector &&
        pods.some(
          ({ namespace, labels }) => namespace === object.metadata.namespace && selects(podSelector, labels),
        )
      )
        users.add(file);
  }
  return [...users].sort();
}
