import { nameOf } from '../../model/identity';
import type { PodSpec } from '../../model/kinds';
import { at, type Path } from '../../model/path';
import { graceOf, listOf, preStopOf } from '../../model/pods';
import { scaleOf, shareOf } from '../../model/scaling';
import { selectedBy, selectorOf, selects } from '../../model/selection';
import type { KubernetesObject, Manifest } from '../../model/tree';
import { type Classify, type Context, type Draft, subjectOf } from '../finding';
import type { ObjectChange } from '../objects';
import { pairedContainers, templateIn } from '../pods';
import { canary } from './canary';
import { risk } from './risk-words';

const workloads = ['Rollout', 'Deployment', 'StatefulSet'];

export const availability: Classify = function* (change, context) {
  const { kind } = subjectOf(change).object;
  if (workloads.includes(kind)) yield* workload(change, context);
  if (kind === 'HorizontalPodAutoscaler' || kind === 'ScaledObject') yield* autoscaler(change);
  if (kind === 'PodDisruptionBudget') yield* budget(change, context);
  if (change.status === 'removed') yield* stillServed(change, context);
  if (change.before && change.after) yield* pods(change);
  if (kind === 'Rollout') yield* canary(change);
  if (
    kind === 'Service' &&
    change.before &&
    change.after &&
    selectorOf(change.before) &&
    !selectorOf(change.after)
  )
    yield risk('no-selector', ['spec', 'selector']);
};

function* workload(change: ObjectChange, { before: old, after: side }: Context): Iterable<Draft> {
  const { before, after } = change;
  if (!after) return;
  const { scaler, min, max } = scaleOf(side, after);
  const { replicas, strategy: { type } = {} } = after.object.spec ?? {};
  const path = ['spec', 'replicas'];
  const hpa = scaler?.manifest.object.kind === 'HorizontalPodAutoscaler' && nameOf(scaler.manifest.object);
  if (hpa && replicas !== undefined && before?.object.spec?.replicas === undefined)
    yield risk('replicas-beside-autoscaler', path, { after: replicas, scaler: hpa });
  if (!before) return;
  const was = scaleOf(old, before);
  const changed = (pattern: string) => change.changes.some((each) => at(each.path, pattern));
  if (changed('spec.replicas') && !scaler && min < was.min) yield fewer(path, was.min, min);
  const { type: oldType = 'RollingUpdate', rollingUpdate } = before.object.spec?.strategy ?? {};
  if (type !== 'Recreate' || oldType === type || !(changed('spec.strategy.type') || changed('spec.strategy')))
    return;
  // One pod without another beside it was away for a moment before, too.
  const level = max <= 1 && Number(rollingUpdate?.maxSurge ?? 1) === 0 ? 'warn' : 'high';
  yield risk('recreate', ['spec', 'strategy', 'type'], { level, before: oldType, after: type });
}

function fewer(path: Path, before: unknown, after: number): Draft {
  const alone = ['nothing runs', 'one, and every node drain or crash is an outage'][after];
  const fix = after === 1 ? 'keep two, or say where the one is meant' : 'look at the load of the last days first';
  return risk('fewer-pods', path, { before, after, alone: alone ? `: ${alone}` : '', do: fix });
}

function* autoscaler({ before, after, changes }: ObjectChange): Iterable<Draft> {
  const [field, top, fallback] =
    (before ?? after)?.object.kind === 'ScaledObject'
      ? ['minReplicaCount', 'maxReplicaCount', 0]
      : ['minReplicas', 'maxReplicas', 1];
  if (before && after) {
    const [was, is] = [before, after].map(({ object }) => object.spec?.[field] ?? fallback);
    if (is < was) yield fewer(['spec', field], was, is);
    for (const { path, before: from, after: to } of changes)
      if (at(path, `spec.${top}`) && Number(to) < Number(from))
        yield risk('lower-maximum', path, { before: from, after: to });
  }
  if (before && !after) yield risk('no-autoscaler', [], { target: before.object.spec?.scaleTargetRef?.name });
}

function* budget({ before, after, status }: ObjectChange, { after: side }: Context): Iterable<Draft> {
  if (!after) {
    if (before && guarded(before, side).length > 0) yield risk('no-budget', []);
    return;
  }
  const field = after.object.spec?.maxUnavailable !== undefined ? 'maxUnavailable' : 'minAvailable';
  for (const workload of guarded(after, side)) {
    const { min } = scaleOf(side, workload);
    // It was so before: the check says that, not the diff.
    const known = status === 'changed' && before && blocks(before.object, min);
    if (min === 0 || known || !blocks(after.object, min)) continue;
    yield risk('blocking-budget', ['spec', field], {
      ...{ workload: nameOf(workload.object), min },
      ...{ before: before?.object.spec?.[field], after: after.object.spec?.[field] },
      covers: ['maxUnavailable', 'minAvailable'].map((each) => ['spec', each]),
    });
  }
}

function blocks({ spec }: KubernetesObject, pods: number): boolean {
  if (spec?.maxUnavailable !== undefined) return shareOf(spec.maxUnavailable, pods) === 0;
  return pods - shareOf(spec?.minAvailable ?? 0, pods) <= 0;
}

function guarded(budget: Manifest, side: Context['after']): Manifest[] {
  const owners = selectedBy(side, budget).map(({ owner }) => owner);
  return owners.filter(({ object }) => workloads.includes(object.kind));
}

function* stillServed({ before }: ObjectChange, { after: side }: Context): Iterable<Draft> {
  const pods = templateIn(before);
  if (!before || !pods || !workloads.includes(before.object.kind)) return;
  for (const service of side.ofKind('Service')) {
    const { name, namespace } = service.object.metadata;
    const selector = selectorOf(service);
    if (namespace !== before.object.metadata.namespace || !selector || !selects(selector, pods.labels)) continue;
    if (!selectedBy(side, service).some(({ owner }) => workloads.includes(owner.object.kind)))
      yield risk('still-served', [], { name });
  }
}

/** What keeps requests away from pods that are not ready, or lets them end what they began. */
function* pods(change: ObjectChange): Iterable<Draft> {
  const [was, is] = [templateIn(change.before), templateIn(change.after)];
  if (!was || !is || !workloads.includes(subjectOf(change).object.kind)) return;
  for (const { name, path, before, after } of pairedContainers(was, is)) {
    if (!before || !after) continue;
    if (before.readinessProbe && !after.readinessProbe)
      yield risk('no-readiness-probe', [...path, 'readinessProbe'], { name });
    const [old, now] = [preStopOf(before), preStopOf(after)];
    const values = { name, old, now, before: `${old}s`, after: now ? `${now}s` : undefined };
    if (now < old) yield risk('shorter-pre-stop', [...path, 'lifecycle', 'preStop'], values);
  }
  const [old, now] = [graceOf(was.spec), graceOf(is.spec)];
  if (now < old)
    yield grace([...is.path, 'spec', 'terminationGracePeriodSeconds'], old, now, stopsWithin(is.spec));
  const spread = (spec: PodSpec) => [
    ...listOf(spec.topologySpreadConstraints).map(({ topologyKey }) => topologyKey),
    ...(spec.affinity?.podAntiAffinity ? ['podAntiAffinity'] : []),
  ];
  const gone = spread(was.spec).filter((each) => !spread(is.spec).includes(each));
  const field = gone.includes('podAntiAffinity') ? 'affinity' : 'topologySpreadConstraints';
  if (gone.length > 0) yield risk('no-spread', [...is.path, 'spec', field], { before: gone.join(', ') });
}

/** Seconds that the program itself takes to end, as its command or environment tells: Sidekiq's `-t`, Puma's timeouts. */
function stopsWithin(spec: PodSpec): number | undefined {
  const times = listOf(spec.containers).flatMap(({ command = [], args = [], env, lifecycle }) => {
    const words = [...command, ...args].map(String);
    const flag = words.flatMap((word, i) => {
      const [, same] = /^(?:-t|--timeout)=?(\d+)$/.exec(word) ?? [];
      if (same) return [Number(same)];
      return /^(-t|--timeout)$/.test(word) && /^\d+$/.test(words[i + 1] ?? '') ? [Number(words[i + 1])] : [];
    });
    const named = listOf(env).flatMap(({ name, value }) =>
      /TIMEOUT$/.test(name) && /^\d+$/.test(value ?? '') ? [Number(value)] : [],
    );
    const stop = preStopOf({ lifecycle });
    return [...flag, ...named].map((seconds) => seconds + stop).concat(stop > 0 ? [stop] : []);
  });
  return times.length > 0 ? Math.max(...times) : undefined;
}

function grace(path: Path, before: number, after: number, needs: number | undefined): Draft {
  if (needs !== undefined && after <= needs) return risk('grace-too-short', path, { before, after, needs });
  const least = needs === undefined ? 'the longest request or job' : `${needs} s`;
  return risk('shorter-grace', path, { before, after, needs: least });
}
