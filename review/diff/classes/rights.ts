import { canonical } from '../../model/canonical';
import { gathered, groupedBy } from '../../model/collections';
import type { Path } from '../../model/path';
import { listOf } from '../../model/pods';
import { type Danger, dangers, isEverybody, type Right, rightsOf } from '../../model/rights';
import type { Manifest } from '../../model/tree';
import { type Draft, subjectOf } from '../finding';
import type { ObjectChange } from '../objects';
import { risk } from './risk-words';

const all: readonly Danger[] = Object.values(dangers);

interface Grant {
  readonly group: string;
  readonly resource: string;
  readonly verb: string;
  readonly name: string;
}

/** Roles and bindings, and the kinds and places that an AppProject allows. */
export function* rights(change: ObjectChange): Iterable<Draft> {
  const { kind } = subjectOf(change).object;
  if (kind === 'Role' || kind === 'ClusterRole') yield* granted(change);
  if (kind === 'RoleBinding' || kind === 'ClusterRoleBinding') yield* bound(change);
  if (kind === 'AppProject') yield* allowed(change);
}

function* granted({ before, after }: ObjectChange): Iterable<Draft> {
  const old = grantsOf(before as Manifest<'Role'> | undefined);
  const added = grantsOf(after as Manifest<'Role'> | undefined).filter(
    (grant) => !old.some((each) => includes(each, grant)),
  );
  if (added.length === 0) return;
  const found = all.filter(({ of }) => added.some((grant) => of(alone(grant))));
  const risky = found.map(({ says }) => says);
  // A new role with ordinary rights is told as a new object.
  if (!before && risky.length === 0) return;
  const level = found.some((each) => each.level === 'critical') ? 'critical' : risky.length > 0 ? 'high' : 'warn';
  const says = risky.length > 0 ? `: ${risky.join(', ')}` : '';
  yield risk('more-rights', ['rules'], { level, after: listed(added), risky: says, covers: [['rules']] });
}

function* bound({ before, after }: ObjectChange): Iterable<Draft> {
  const names = (manifest: Manifest | undefined): string[] =>
    listOf(manifest?.object.subjects).map(({ kind, namespace, name }) =>
      [kind, namespace, name].filter(Boolean).join(' '),
    );
  const old = names(before);
  const added = names(after).filter((name) => !old.includes(name));
  const { kind = '', name = '' } = after?.object.roleRef ?? {};
  const powerful = /^(cluster-admin|admin|edit|system:masters)$/.test(name);
  const everybody = added.filter((each) => isEverybody(each.split(' ').at(-1) ?? ''));
  if (!before && !powerful && everybody.length === 0) return;
  if (before && added.length === 0 && (name === before.object.roleRef?.name || !powerful)) return;
  const [who, was] = [added.join(', '), old.join(', ')];
  yield risk(name === 'cluster-admin' ? 'bound-to-all' : 'bound', [who ? 'subjects' : 'roleRef'], {
    before: before && (who ? was : before.object.roleRef?.name),
    after: who || name,
    ...{ who: who || was, role: `${kind} ${name}`, everybody: everybody.length > 0 ? ', which is everybody' : '' },
    covers: [['subjects']],
  });
}

/** A kind or a place that a project lets its Applications have. */
interface Allowed {
  readonly group?: string;
  readonly kind?: string;
  readonly server?: string;
  readonly namespace?: string;
  readonly name?: string;
}

function* allowed({ before, after, changes }: ObjectChange): Iterable<Draft> {
  for (const field of ['clusterResourceWhitelist', 'namespaceResourceWhitelist', 'destinations', 'sourceRepos']) {
    const allowedBy = (manifest: Manifest | undefined): readonly (string | Allowed)[] =>
      [manifest?.object.spec?.[field] ?? []].flat();
    const known = allowedBy(before).map(canonical);
    const added = allowedBy(after).filter((each) => !known.includes(canonical(each)));
    const wild = added.some((each) => (typeof each === 'string' ? [each] : Object.values(each)).includes('*'));
    if (added.length === 0 || (!before && !wild)) continue;
    const path: Path = ['spec', field];
    if (!changes.some(({ path: [, name] }) => name === field) && before) continue;
    const words = added.map((each) =>
      typeof each === 'string'
        ? each
        : [each.group, each.kind, each.server, each.namespace, each.name].filter(Boolean).join('/'),
    );
    const level = wild || field === 'clusterResourceWhitelist' || field === 'sourceRepos' ? 'high' : 'warn';
    yield risk('wider-project', path, { level, after: words.join(', '), field, covers: [path] });
  }
}

function grantsOf(role: Manifest<'Role'> | undefined): Grant[] {
  return rightsOf(role?.object).flatMap(({ groups, resources, verbs, names, urls }) => [
    ...cross(groups, resources, verbs, names.length > 0 ? names : ['']),
    ...cross([''], urls, verbs, ['']),
  ]);
}

function alone({ group, resource, verb, name }: Grant): Right {
  return { groups: [group], resources: [resource], verbs: [verb], names: name ? [name] : [], urls: [] };
}

function cross(
  groups: readonly string[],
  resources: readonly string[],
  verbs: readonly string[],
  names: readonly string[],
): Grant[] {
  return groups.flatMap((group) =>
    resources.flatMap((resource) =>
      verbs.flatMap((verb) => names.map((name) => ({ group, resource, verb, name }))),
    ),
  );
}

function includes(wider: Grant, grant: Grant): boolean {
  return (
    ['*', grant.group].includes(wider.group) &&
    ['*', grant.resource].includes(wider.resource) &&
    ['*', grant.verb].includes(wider.verb) &&
    ['', grant.name].includes(wider.name)
  );
}

/** `get, list pods, services; watch secrets db`. */
function listed(grants: readonly Grant[]): string {
  const verbs = groupedBy(
    grants,
    ({ group, resource, name }) =>
      `${resource}${group && group !== '*' ? `.${group}` : ''}${name ? ` ${name}` : ''}`,
  );
  const verbsOf = (of: readonly Grant[]) => [...new Set(of.map(({ verb }) => verb))].join(', ');
  const lines = gathered([...verbs].map(([what, of]) => [verbsOf(of), what]));
  return [...lines].map(([of, what]) => `${of} ${what.join(', ')}`).join('; ');
}
