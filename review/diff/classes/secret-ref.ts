import { madeOf, secretNameOf, type Use } from '../../model/configuration';
import { at, under } from '../../model/path';
import { asKind } from '../../model/tree';
import { usesIn } from '../consumers';
import type { Classify, Context, Draft } from '../finding';
import type { ObjectChange } from '../objects';
import { templateIn } from '../pods';
import { riskWords } from './risk-words';

export const secretRef: Classify = function* (change, context) {
  yield* source(change);
  yield* dangling(change, context);
  yield* withdrawn(change, context);
};

/** Where an ExternalSecret reads, and when. */
function* source({ before, after, changes }: ObjectChange): Iterable<Draft> {
  if (!before || after?.object.kind !== 'ExternalSecret') return;
  for (const { path, before: was, after: is } of changes) {
    const key = under(path, 'spec.data[]') || under(path, 'spec.dataFrom');
    const store = under(path, 'spec.secretStoreRef') || under(path, 'spec.data[].sourceRef');
    const when = at(path, 'spec.refreshPolicy') || at(path, 'spec.refreshInterval');
    const target = under(path, 'spec.target.name') || under(path, 'spec.target.creationPolicy');
    if (!key && !store && !when && !target) continue;
    const entry = path[2]?.replace(/^\[|]$/g, '') ?? '';
    yield {
      level: at(path, 'spec.refreshInterval') ? 'info' : 'warn',
      path,
      says: store
        ? 'the secret is read from another store'
        : when
          ? `it is read again ${at(path, 'spec.refreshPolicy') ? `by the policy ${is ?? 'Periodic'}` : `every ${is ?? '1h'}`}`
          : target
            ? 'it makes another Secret, or makes it otherwise'
            : `${entry} ${was === undefined ? 'is read as well' : is === undefined ? 'is no longer read' : 'is read from elsewhere'}`,
      why:
        store || key
          ? 'If the entry is not there, or may not be read, the Secret keeps its old content and reports an error.'
          : 'A rotated secret arrives by that time.',
      fix: key
        ? 'make sure that the entry and its property exist before the merge'
        : 'make sure that the store’s role may read it',
    };
  }
}

/** References to what is not there after the change and what nobody makes. */
function* dangling(change: ObjectChange, { after: side }: Context): Iterable<Draft> {
  const { after, before, status } = change;
  const pods = templateIn(after);
  if (!after || !pods) return;
  const { namespace } = after.object.metadata;
  const old = before && status !== 'added' ? usesIn(before).map(spelled) : [];
  const told = new Set<string>();
  for (const use of usesIn(after)) {
    const { kind, name, keys, optional } = use;
    if (optional || old.includes(spelled(use))) continue;
    const made = madeOf(side, kind, namespace, name);
    const unknown = keys.filter((key) => made?.keys && !made.keys.has(key));
    const missing = !made
      ? `${kind} ${name}`
      : unknown.length > 0
        ? `key ${unknown.join(', ')} of ${kind} ${name}`
        : undefined;
    if (!missing || told.has(missing)) continue;
    told.add(missing);
    yield {
      ...riskWords['nothing-makes-it'],
      path: [...pods.path, 'spec'],
      after: missing,
      says: `the pods need ${missing}, which nothing in this repository makes`,
    };
  }
}

/** What is removed while pods still name it. */
function* withdrawn({ before, status }: ObjectChange, { after: side }: Context): Iterable<Draft> {
  if (!before || (status !== 'removed' && status !== 'renamed')) return;
  const { kind, metadata } = before.object;
  if (!['ConfigMap', 'Secret', 'ExternalSecret'].includes(kind)) return;
  const external = asKind(before, 'ExternalSecret');
  const name = external ? secretNameOf(external) : metadata.name;
  const made = kind === 'ConfigMap' ? 'ConfigMap' : 'Secret';
  if (madeOf(side, made, metadata.namespace, name)) return;
  const left = side
    .ofKind('Rollout', 'Deployment', 'StatefulSet', 'DaemonSet', 'CronJob', 'Job')
    .filter(
      (workload) =>
        workload.object.metadata.namespace === metadata.namespace &&
        usesIn(workload).some((each) => each.kind === made && each.name === name && !each.optional),
    )
    .map(({ object }) => `${object.kind} ${object.metadata.name}`);
  if (left.length > 0)
    yield {
      level: 'warn',
      path: [],
      before: name,
      says: `${left.join(', ')} still name${left.length === 1 ? 's' : ''} ${made} ${name}`,
      why: 'The pods that run stay; the next one that is started, after a crash or a drain, does not come up.',
      fix: `keep it, or take it out of ${left.join(', ')} in the same change`,
    };
}

function spelled({ kind, name, keys }: Use): string {
  return [kind, name, ...keys].join(' ');
}
