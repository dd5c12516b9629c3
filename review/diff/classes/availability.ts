import type { PodSpec } from '../../model/kinds';
import { at } from '../../model/path';
import { listOf, preStopOf } from '../../model/pods';
import { scaleOf, shareOf } from '../../model/scaling';
import { selectedBy, selectorOf, selects } from '../../model/selection';
import type { KubernetesObject, Manifest } from '../../model/tree';
import { type Classify, type Context, type Draft, subjectOf } from '../finding';
import type { ObjectChange } from '../objects';
import { pairedContainers, templateIn } from '../pods';
import { canary } from './canary';
import { riskWords } from './risk-words';

const workloads = ['Rollout', 'Deployment', 'StatefulSet'];

export const availability: Classify = function* (change, context) {
  const { kind } = subjectOf(change).object;
  if (workloads.includes(kind)) yield* workload(change, context);
  if (kind === 'HorizontalPodAutoscaler' || kind === 'ScaledObject') yield* autoscaler(change);
  if (kind === 'PodDisruptionBudget') yield* budget(change, context);
  if (change.status === 'removed') yield* stillServed(change, context);
  if (change.before && change.after) yield* pods(change);
  if (kind === 'Rollout') yield* canary(change);
};

function* workload(change: ObjectChange, { before: old, after: side }: Context): Iterable<Draft> {
  const { before, after } = change;
  if (!after) return;
  const scale = scaleOf(side, after);
  const path = ['spec', 'replicas'];
  if (
    scale.scaler?.manifest.object.kind === 'HorizontalPodAutoscaler' &&
    after.object.spec?.replicas !== undefined &&
    before?.object.spec?.replicas === undefined
  )
    yield {
      ...riskWords['replicas-beside-autoscaler'],
      path,
      after: after.object.spec.replicas,
      says: `replicas is set beside ${scale.scaler.manifest.object.kind} ${scale.scaler.manifest.object.metadata.name}`,
    };
  if (!before) return;
  const was = scaleOf(old, before);
  const lowered = change.changes.find((each) => at(each.path, 'spec.replicas'));
  if (lowered && !scale.scaler && scale.min < was.min) yield fewer(path, was.min, scale.min, 'pods');
  const strategy = change.changes.find(({ path }) => at(path, 'spec.strategy.type') || at(path, 'spec.strategy'));
  if (
    after.object.spec?.strategy?.type === 'Recreate' &&
    strategy &&
    before.object.spec?.strategy?.type !== 'Recreate'
  )
    yield {
      // One pod without another beside it was away for a moment before, too.
      level:
        scale.max <= 1 && Number(before.object.spec?.strategy?.rollingUpdate?.maxSurge ?? 1) === 0
          ? 'warn'
          : 'high',
      path: ['spec', 'strategy', 'type'],
      before: before.object.spec?.strategy?.type ?? 'RollingUpdate',
      after: 'Recreate',
      says: 'from now on every change ends all pods before the first new one starts',
      ...riskWords.recreate,
    };
}

function fewer(path: readonly string[], before: unknown, after: number, what: string): Draft {
  const alone = after <= 1;
  return {
    level: 'high',
    path,
    before,
    after,
    says: `at least ${after} instead of ${before} ${what}${after === 0 ? ': nothing runs' : alone ? ': one, and every node drain or crash is an outage' : ''}`,
    why: 'What is left has to carry the load until more are started.',
    fix:
      alone && after > 0 ? 'keep two, or say where the one is meant' : 'look at the load of the last days first',
  };
}

function* autoscaler({ before, after, changes }: ObjectChange): Iterable<Draft> {
  const field = (before ?? after)?.object.kind === 'ScaledObject' ? 'minReplicaCount' : 'minReplicas';
  const fallback = field === 'minReplicas' ? 1 : 0;
  if (before && after) {
    const [was, is] = [before, after].map(({ object }) => object.spec?.[field] ?? fallback);
    if (is < was) yield fewer(['spec', field], was, is, 'pods');
    const top = field === 'minReplicas' ? 'maxReplicas' : 'maxReplicaCount';
    for (const { path, before: from, after: to } of changes)
      if (at(path, `spec.${top}`) && Number(to) < Number(from))
        yield {
          ...riskWords['lower-maximum'],
          path,
          says: `at most ${to} instead of ${from} pods`,
        };
  }
  if (before && !after)
    yield {
      ...riskWords['no-autoscaler'],
      path: [],
      says: `nothing scales ${before.object.spec?.scaleTargetRef?.name} any more: it stays at the number of pods it has, or falls to its replicas`,
    };
}

function* budget({ before, after, status }: ObjectChange, { after: side }: Context): Iterable<Draft> {
  if (!after) {
    const selected = before && guarded(before, side).length > 0;
    if (selected)
      yield {
        ...riskWords['no-budget'],
        path: [],
        says: 'nothing limits how many pods a node drain takes at once',
      };
    return;
  }
  const { maxUnavailable, minAvailable } = after.object.spec ?? {};
  for (const workload of guarded(after, side)) {
    const { min } = scaleOf(side, workload);
    const allowed =
      maxUnavailable !== undefined ? shareOf(maxUnavailable, min) : min - shareOf(minAvailable ?? 0, min);
    if (allowed > 0 || min === 0) continue;
    // It was so before: the check says that, not the diff.
    if (status === 'changed' && before && blocks(before.object, min)) continue;
    yield {
      ...riskWords['blocking-budget'],
      path: ['spec', maxUnavailable !== undefined ? 'maxUnavailable' : 'minAvailable'],
      before:
        maxUnavailable !== undefined ? before?.object.spec?.maxUnavailable : before?.object.spec?.minAvailable,
      after: maxUnavailable ?? minAvailable,
      covers: [
        ['spec', 'maxUnavailable'],
        ['spec', 'minAvailable'],
      ],
      says: `no pod of ${workload.object.kind} ${workload.object.metadata.name} may ever be missing (${min} at rest): node drains hang`,
    };
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
      yield {
        level: 'high',
        path: [],
        says: `Service ${name} still leads to it, and to nobody else`,
        why: 'Requests fail as soon as the last pod has ended.',
        fix: `remove Service ${name} with it, or point it elsewhere first`,
      };
  }
}

/** What keeps requests away from pods that are not ready, or lets them end what they began. */
function* pods(change: ObjectChange): Iterable<Draft> {
  const [was, is] = [templateIn(change.before), templateIn(change.after)];
  if (!was || !is || !workloads.includes(subjectOf(change).object.kind)) return;
  for (const { name, path, before, after } of pairedContainers(was, is)) {
    if (!before || !after) continue;
    if (before.readinessProbe && !after.readinessProbe)
      yield {
        ...riskWords['no-readiness-probe'],
        path: [...path, 'readinessProbe'],
        says: `container ${name} loses its readiness probe`,
      };
    const [old, now] = [before, after].map(preStopOf) as [number, number];
    if (now < old)
      yield {
        ...riskWords['shorter-pre-stop'],
        path: [...path, 'lifecycle', 'preStop'],
        before: `${old}s`,
        after: now ? `${now}s` : undefined,
        says: `container ${name} waits ${now} s instead of ${old} s before it stops`,
      };
  }
  const [old, now] = [was, is].map(({ spec }) => Number(spec.terminationGracePeriodSeconds ?? 30)) as [
    number,
    number,
  ];
  if (now < old) yield grace(is.path, old, now, stopsWithin(is.spec));
  const spread = (spec: PodSpec) => [
    ...listOf(spec.topologySpreadConstraints).map(({ topologyKey }) => topologyKey),
    ...(spec.affinity?.podAntiAffinity ? ['podAntiAffinity'] : []),
  ];
  const gone = spread(was.spec).filter((each) => !spread(is.spec).includes(each));
  if (gone.length > 0)
    yield {
      ...riskWords['no-spread'],
      path: [...is.path, 'spec', gone.includes('podAntiAffinity') ? 'affinity' : 'topologySpreadConstraints'],
      before: gone.join(', '),
      says: `the pods are no longer spread over ${gone.join(', ')}`,
    };
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

function grace(path: readonly string[], old: number, now: number, needs: number | undefined): Draft {
  const short = needs !== undefined && now <= needs;
  return {
    level: short ? 'high' : 'warn',
    path: [...path, 'spec', 'terminationGracePeriodSeconds'],
    before: old,
    after: now,
    says: short
      ? `pods are killed after ${now} s, before preStop and the program’s own timeout (${needs} s) are over`
      : `pods have ${now} s instead of ${old} s to end`,
    why: 'What is not done by then is cut: requests fail, jobs run twice.',
    fix: needs === undefined ? 'keep it above the longest request or job' : `keep it above ${needs} s`,
  };
}
