import { madeOf, secretNameOf, type Use } from '../../model/configuration';
import { secondsOf } from '../../model/duration';
import { nameOf } from '../../model/identity';
import { at, under } from '../../model/path';
import { asKind } from '../../model/tree';
import { usesIn } from '../consumers';
import type { Classify, Context, Draft } from '../finding';
import type { ObjectChange } from '../objects';
import { templateIn } from '../pods';
import { risk } from './risk-words';

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
    const target = ['name', 'creationPolicy', 'deletionPolicy', 'immutable'].some((field) =>
      under(path, `spec.target.${field}`),
    );
    if (!key && !store && !when && !target) continue;
    if (store)
      yield risk('other-store', path, {
        do: `make sure that ${key ? 'the entry and its property exist before the merge' : 'the store’s role may read it'}`,
      });
    else if (when) {
      const policy = at(path, 'spec.refreshPolicy');
      const once = secondsOf(String(is ?? '1h')) === 0;
      const every = once ? 'only when the ExternalSecret itself changes' : `every ${is ?? '1h'}`;
      const says = policy ? `by the policy ${is ?? 'Periodic'}` : every;
      yield risk('other-refresh', path, { level: policy || once ? 'warn' : 'info', when: says });
    } else if (target) yield risk('other-target', path);
    else {
      const reads =
        was === undefined ? 'read as well' : is === undefined ? 'no longer read' : 'read from elsewhere';
      yield risk('other-entry', path, { entry: path[2]?.replace(/^\[|]$/g, '') ?? '', reads });
    }
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
    yield risk('nothing-makes-it', [...pods.path, 'spec'], { after: missing });
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
    .map(({ object }) => nameOf(object));
  const values = { names: left.join(', '), verb: left.length === 1 ? 'names' : 'name', what: `${made} ${name}` };
  if (left.length > 0) yield risk('still-named', [], { before: name, ...values });
}

function spelled({ kind, name, keys }: Use): string {
  return [kind, name, ...keys].join(' ');
}
