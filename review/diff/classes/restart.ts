import { under } from '../../model/path';
import { keysOf, selectedBy, selectorOf, selects } from '../../model/selection';
import { hookOf } from '../../model/sync-options';
import { consumersOf } from '../consumers';
import { type Classify, type Context, type Draft, subjectOf } from '../finding';
import type { ObjectChange } from '../objects';
import { templateIn } from '../pods';
import { causeOf, reasonOf } from '../reason';
import { rollOf } from '../roll';
import { riskWords } from './risk-words';

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
    yield {
      ...riskWords['next-run'],
      path: pods.path,
      says: `holds from the next run on (${spec.suspend ? 'suspended: when a person starts it' : spec.schedule})`,
    };
    return;
  }
  if (!rolling.includes(kind)) return;
  const roll = rollOf(after, context.after);
  const serves = context.after
    .ofKind('Service')
    .some((each) => selectedBy(context.after, each).some(({ owner }) => owner === after));
  const never = roll.says.startsWith('no pod rolls');
  yield {
    class: never ? 'stale-config' : 'restart',
    level: !never && (kind === 'StatefulSet' || (roll.gap && serves)) ? 'high' : 'warn',
    path: pods.path,
    cause: causeOf(changes),
    ...(!never && {
      restarts: { app: after.chart, why: reasonOf(changes), how: roll.how, seconds: roll.seconds },
    }),
    says: `${reasonOf(changes)}: ${roll.says}`,
    why: whyOf(roll.gap, serves, kind),
    fix:
      roll.gap && serves
        ? 'merge when a short gap does no harm, or give it a second pod first'
        : 'nothing, if now is a good moment',
  };
  yield* labels(change, context);
};

function whyOf(gap: boolean, serves: boolean, kind: string): string {
  if (gap && serves)
    return 'It has one pod, and clients have nobody to talk to until the new one is ready (times are estimates from probes).';
  if (gap) return 'It has one pod: its work waits until the new one is ready (times are estimates from probes).';
  if (kind === 'Rollout')
    return 'The pauses are what makes it take that long; the times of starting pods come on top.';
  return 'Pods end after their preStop and grace period; times are estimates from probes and minReadySeconds.';
}

/** A label that a selector looks for is a connection; without it, the pods are nobody's. */
function* labels({ before, after }: ObjectChange, { after: side }: Context): Iterable<Draft> {
  const [was, is] = [templateIn(before), templateIn(after)];
  if (!was || !is || !after) return;
  const { namespace } = after.object.metadata;
  for (const manifest of side.ofKind('Service', 'PodDisruptionBudget', 'NetworkPolicy')) {
    const { object } = manifest;
    const selector = selectorOf(manifest);
    if (object.metadata.namespace !== namespace || !selector) continue;
    if (!selects(selector, was.labels) || selects(selector, is.labels)) continue;
    const lost = keysOf(selector).filter((key) => was.labels[key] !== is.labels[key]);
    yield {
      class: object.kind === 'NetworkPolicy' ? 'exposes' : 'availability',
      level: 'high',
      path: [...is.path, 'metadata', 'labels', lost[0] ?? ''],
      says: `${object.kind} ${object.metadata.name} no longer selects the pods (${lost.join(', ')})`,
      why:
        object.kind === 'Service'
          ? 'Requests go to the old pods, and to nobody once they are gone.'
          : 'What it promised does not hold for the new pods.',
      fix: `change the selector of ${object.kind} ${object.metadata.name} with the label, or keep the label`,
    };
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
    const roll = rollOf(workload, context.after);
    const { kind: owner, metadata } = workload.object;
    yield {
      class: 'restart',
      level: owner === 'StatefulSet' ? 'high' : 'warn',
      path: [],
      cause: change.changes[0]?.path,
      restarts: {
        app: workload.chart,
        why: `${kind} ${subjectOf(change).object.metadata.name}`,
        how: owner === 'Rollout' ? 'restarts pod by pod' : roll.how,
        seconds: owner === 'Rollout' ? 0 : roll.seconds,
      },
      says: `Reloader restarts ${owner} ${metadata.name} when the ${kind} has new content${owner === 'Rollout' ? ' (no canary)' : `: ${roll.says}`}`,
      ...riskWords.reloader,
    };
  }
}

/** Whether the change itself starts new pods of the workload in this file. */
export function rolls(file: string, { objects }: Context): boolean {
  return objects.some(({ after, status, changes }) => {
    const pods = after?.file === file && status !== 'removed' ? templateIn(after) : undefined;
    return pods && (status !== 'changed' || changes.some(({ path }) => under(path, pods.path.join('.'))));
  });
}
