import { secondsOf } from '../model/duration';
import type { ContainerSpec } from '../model/kinds';
import { listOf } from '../model/pods';
import { sayScale, scaleOf, shareOf } from '../model/scaling';
import type { Manifest } from '../model/tree';
import type { Restart } from '../report/finding';
import { templateIn } from './pods';
import type { Side } from './sides';

/** How new pods take the place of the old ones. */
export interface Roll extends Pick<Restart, 'how' | 'seconds'> {
  /** `3 to 6 pods roll, at most 1 extra at a time, about 2 min`. */
  readonly says: string;
  /** What it has one of is not there for a moment. */
  readonly gap: boolean;
}

const onDelete = {
  says: 'no pod rolls (OnDelete): each changes when it is deleted',
  gap: false,
  how: 'does not restart',
  seconds: 0,
};

/** What the controller will do after a change of the pod template. */
export function rollOf(workload: Manifest, side: Side): Roll {
  const { kind, spec } = workload.object;
  const scale = scaleOf(side, workload);
  const pods = sayScale(scale);
  if (kind === 'DaemonSet') {
    const { maxUnavailable = 1, maxSurge = 0 } = spec.updateStrategy?.rollingUpdate ?? {};
    if (spec.updateStrategy?.type === 'OnDelete') return onDelete;
    const extra = maxSurge === 0 ? '' : `, ${maxSurge} extra at a time`;
    return {
      says: `one pod on every node rolls, ${maxUnavailable} missing at a time${extra}`,
      gap: false,
      how: 'restarts node by node',
      seconds: 0,
    };
  }
  if (kind === 'StatefulSet') {
    const { type, rollingUpdate } = spec.updateStrategy ?? {};
    if (type === 'OnDelete') return onDelete;
    const kept = rollingUpdate?.partition ? `, those below ${rollingUpdate.partition} stay (partition)` : '';
    return {
      says: `${scale.max === 1 ? `${pods} rolls,` : `${pods} roll, one after the other, each`} missing ${minutes(startOf(workload), 'for ') || 'until it is ready'}${kept}`,
      gap: scale.min === 1,
      how: scale.max === 1 ? 'is away' : 'restarts pod by pod',
      seconds: scale.max * startOf(workload),
    };
  }
  if (kind === 'Rollout' && (spec.strategy?.canary || spec.strategy?.blueGreen)) return canary(workload, side);
  if (spec.strategy?.type === 'Recreate')
    return {
      says: `${scale.max === 1 ? 'the one pod ends' : `all ${pods} end`} before the first new one starts: nothing runs ${minutes(startOf(workload), 'for ') || 'in between'}`,
      gap: true,
      how: 'is away',
      seconds: startOf(workload),
    };
  const { maxSurge = '25%', maxUnavailable = '25%' } = spec.strategy?.rollingUpdate ?? {};
  const [extra, missing] = [shareOf(maxSurge, scale.max), shareOf(maxUnavailable, scale.max, 'down')];
  // Both may come out as none of few pods; the controller then lets one be missing.
  const wave = Math.max(1, extra + missing);
  const seconds = Math.ceil(scale.max / wave) * startOf(workload);
  const time = minutes(seconds, ', ');
  const how = [extra > 0 && `at most ${extra} extra`, missing > 0 && `${missing} missing`]
    .filter(Boolean)
    .join(' and ');
  const least = Math.max(0, scale.min - shareOf(maxUnavailable, scale.min, 'down'));
  const gap = scale.min > 0 && least === 0;
  return {
    says: `${pods} ${scale.max === 1 ? 'rolls' : 'roll'}, ${how || '1 missing'} at a time${time}${gap ? ', with a moment without any' : ''}`,
    gap,
    how: `restarts pod by pod${gap ? ' with a moment without any' : ''}`,
    seconds,
  };
}

/** A Rollout's steps as it will go through them. */
function canary(workload: Manifest, side: Side): Roll {
  const { spec } = workload.object;
  const scale = scaleOf(side, workload);
  if (spec.strategy.blueGreen)
    return {
      says: `${sayScale(scale)} start beside the old ones, which are switched off together`,
      gap: false,
      how: 'is switched to new pods',
      seconds: 0,
    };
  const { steps, analysis, maxSurge = '25%', trafficRouting } = spec.strategy.canary;
  const weights = listOf(steps).flatMap(({ setWeight }) => setWeight ?? []);
  const pauses = listOf(steps).flatMap(({ pause }) => (pause ? [pause.duration] : []));
  const forever = pauses.filter((duration) => duration === undefined).length;
  const time = pauses.reduce<number>((sum, duration) => sum + (secondsOf(duration) ?? 0), 0);
  if (weights.length === 0)
    return {
      says: `${sayScale(scale)} roll at once: the canary has no steps`,
      gap: false,
      how: 'restarts at once',
      seconds: 0,
    };
  // With traffic routing, weight and pods are two things: the canary gets its share of the pods, rounded up, on top.
  const first = Math.ceil((scale.max * (weights[0] ?? 100)) / 100);
  const extra = trafficRouting
    ? `${first} extra at first, up to ${scale.max}`
    : `${shareOf(maxSurge, scale.max)} extra`;
  const judged = listOf(analysis?.templates).map(({ templateName }) => templateName);
  const judge = judged.length > 0 ? `judged by ${judged.join(' and ')}` : 'judged by nobody';
  const wait = forever > 0 ? ', then waits for a person' : '';
  const goal = weights.at(-1) === 100 ? weights : [...weights, 100];
  return {
    says: `canary ${goal.join(' → ')} %${time > 0 ? ` over at least ${minutes(time).replace('about ', '')}` : ''}${wait}, ${judge}; ${sayScale(scale)}, ${extra}`,
    gap: false,
    how: `goes through a canary, ${goal.join(' → ')} %${wait}`,
    seconds: time,
  };
}

/** Seconds from a pod's creation to the earliest moment at which it counts as available. */
function startOf(workload: Manifest): number {
  const pods = templateIn(workload);
  const containers = listOf(pods?.spec.containers);
  const first = Math.max(
    0,
    ...containers.map(({ startupProbe, readinessProbe }) => earliest(startupProbe) + earliest(readinessProbe)),
  );
  return first + (workload.object.spec.minReadySeconds ?? 0);
}

function earliest(probe: ContainerSpec['startupProbe']): number {
  if (!probe) return 0;
  return (probe.initialDelaySeconds ?? 0) + (probe.periodSeconds ?? 10) * (probe.successThreshold ?? 1);
}

/** `about 2 min`; nothing where no probe tells: probes say when a pod may be ready at the earliest, not when it is. */
function minutes(time: number, before = ''): string {
  if (time === 0) return '';
  const seconds = Math.max(1, Math.round(time));
  return `${before}about ${seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`}`;
}
