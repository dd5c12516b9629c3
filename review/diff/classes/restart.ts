import { nameOf } from '../../model/identity';
import { under } from '../../model/path';
import { keysOf, selectedBy, selectorOf, selects } from '../../model/selection';
import { hookOf } from '../../model/sync-options';
import { consumersOf } from '../consumers';
import { type Classify, type Context, type Draft, subjectOf } from '../finding';
import type { ObjectChange } from '../objects';
import { templateIn } from '../pods';
import { causeOf, reasonOf } from '../reason';
import { rollOf } from '../roll';
import { risk } from './risk-words';

const rolling = ['Rollout', 'Deployment', 'StatefulSet', 'DaemonSet'];

export const restart: Classify = function* (change, context) {
  const { before, after, status } = change;
  if (!before || !after || status === 'added') return;
  const { kind, spec } = after.object;
  const pods = templateIn(after);
  if (!pods || hookOf(after.object)) return;
  const inTemplate = change.changes.filter(
    ({ path }) => under(path, pods.path.join('.')) && path.length > pods.path.length,
  );
  const asked = change.changes.filter(({ path }) => under(path, 'spec.restartAt'));
  const changes = [...inTemplate, ...asked];
  if (changes.length === 0 || status === 'renamed') return;
  if (kind === 'CronJob') {
    const when = spec.suspend ? 'suspended: when a person starts it' : spec.schedule;
    yield risk('next-run', pods.path, { when });
    return;
  }
  if (!rolling.includes(kind)) return;
  const roll = rollOf(after, context.after);
  const serves = context.after
    .ofKind('Service')
    .some((each) => selectedBy(context.after, each).some(({ owner }) => owner === after));
  const never = roll.says.startsWith('no pod rolls');
  const reason = reasonOf(changes);
  const restarts = { app: after.chart, why: reason, how: roll.how, seconds: roll.seconds };
  const id = roll.gap ? (serves ? 'gap' : 'work-waits') : kind === 'Rollout' ? 'canary-starts' : 'pods-restart';
  yield risk(id, pods.path, {
    class: never ? 'stale-config' : 'restart',
    level: !never && (kind === 'StatefulSet' || (roll.gap && serves)) ? 'high' : 'warn',
    cause: causeOf(changes),
    ...(!never && { restarts }),
    ...{ reason, roll: roll.says },
  });
  yield* labels(change, context);
};

const labelled = {
  Service: 'label-of-service',
  PodDisruptionBudget: 'label-of-budget',
  NetworkPolicy: 'label-of-policy',
} as const;

/** A label that a selector looks for is a connection; without it, the pods are nobody's. */
function* labels({ before, after }: ObjectChange, { after: side }: Context): Iterable<Draft> {
  const [was, is] = [templateIn(before), templateIn(after)];
  if (!was || !is || !after) return;
  const { namespace } = after.object.metadata;
  for (const manifest of side.ofKind(...(Object.keys(labelled) as (keyof typeof labelled)[]))) {
    const { object } = manifest;
    const selector = selectorOf(manifest);
    if (object.metadata.namespace !== namespace || !selector) continue;
    if (!selects(selector, was.labels) || selects(selector, is.labels)) continue;
    const lost = keysOf(selector).filter((key) => was.labels[key] !== is.labels[key]);
    const at = [...is.path, 'metadata', 'labels', lost[0] ?? ''];
    yield risk(labelled[object.kind as keyof typeof labelled], at, {
      object: nameOf(object),
      lost: lost.join(', '),
    });
  }
}

/** Restarts that no template asks for: Reloader's, when it sees new content. */
export function* reloaded(
  kind: 'ConfigMap' | 'Secret',
  change: ObjectChange,
  name: string,
  context: Context,
): Iterable<Draft> {
  const { namespace } = subjectOf(change).object.metadata;
  for (const { workload, reloaded: restarts } of consumersOf(kind, namespace, name, context.after)) {
    if (!restarts || rolls(workload.file, context)) continue;
    const { object: owner, chart: app } = workload;
    const roll = rollOf(workload, context.after);
    const [how, seconds, says] =
      owner.kind === 'Rollout'
        ? ['restarts pod by pod', 0, ' (no canary)']
        : [roll.how, roll.seconds, `: ${roll.says}`];
    yield risk('reloader', [], {
      level: owner.kind === 'StatefulSet' ? 'high' : 'warn',
      cause: change.changes[0]?.path,
      restarts: { app, why: nameOf({ ...subjectOf(change).object, kind }), how, seconds },
      ...{ workload: nameOf(owner), kind, how: says },
    });
  }
}

/** Whether the change itself starts new pods of the workload in this file. */
export function rolls(file: string, { objects }: Context): boolean {
  return objects.some(({ after, status, changes }) => {
    const pods = after?.file === file && status !== 'removed' ? templateIn(after) : undefined;
    return pods && (status !== 'changed' || changes.some(({ path }) => under(path, pods.path.join('.'))));
  });
}
