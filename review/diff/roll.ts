import { secondsOf } from '../model/duration';
import type { ContainerSpec } from '../model/kinds';
import { listOf } from '../model/pods';
import { sayScale, scaleOf, shareOf } from '../model/scaling';
import type { Manifest } from '../model/tree';
import type { Restart } from '../report/finding';
import { templateIn } from './pods';
import type { Side } from './sides';

/** How new pods take the place of the old ones. */
interface Roll extends Pick<Restart, 'how' | 'seconds'> {
  /** `3 to 6 pods roll, at most 1 extra at a time, about 2 min`. */
  readonly says: string;
  /** What it has one of is not there for a moment. */
  readonly gap: boolean;
}

/** @param seconds 0 where nothing tells */
const roll = (says: string, how: string, seconds = 0, gap = false): Roll => ({ says, how, seconds, gap });
const onDelete = roll('no pod rolls (OnDelete): each changes when it is deleted', 'does not restart');

/** What the controller will do after a change of the pod template. */
export function rollOf(workload: Manifest, side: Side): Roll {
  const { kind, spec } = workload.object;
  const scale = scaleOf(side, workload);
  const pods = sayScale(scale);
  if (kind === 'DaemonSet') {
    const { maxUnavailable = 1, maxSurge = 0 } = spec.updateStrategy?.rollingUpdate ?? {};
    if (spec.updateStrategy?.type === 'OnDelete') return onDelete;
    const extra = maxSurge === 0 ? '' : `, ${maxSurge} extra at a time`;
    const says = `one pod on every node rolls, ${maxUnavailable} missing at a time${extra}`;
    return roll(says, 'restarts node by node');
  }
  if (kind === 'StatefulSet') {
    const { type, rollingUpdate } = spec.updateStrategy ?? {};
    if (type === 'OnDelete') return onDelete;
    const kept = rollingUpdate?.partition ? `, those below ${rollingUpdate.partition} stay (partition)` : '';
    const [each, how] =
      scale.max === 1
        ? [`${pods} rolls,`, 'is away']
        : [`${pods} roll, one after the other, each`, 'restarts pod by pod'];
    const says = `${each} missing ${minutes(startOf(workload), 'for ') || 'until it is ready'}${kept}`;
    return roll(says, how, scale.max * startOf(workload), scale.min === 1);
  }
  if (kind === 'Rollout' && (spec.strategy?.canary || spec.strategy?.blueGreen)) return canary(workload, side);
  if (spec.strategy?.type === 'Recreate') {
    const end = scale.max === 1 ? 'the one pod ends' : `all ${pods} end`;
    const away = minutes(startOf(workload), 'for ') || 'in between';
    const says = `${end} before the first new one starts: nothing runs ${away}`;
    return roll(says, 'is away', startOf(workload), true);
  }
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
  const bare = gap ? ' with a moment without any' : '';
  const says = `${pods} ${scale.max === 1 ? 'rolls' : 'roll'}, ${how || '1 missing'} at a time${time}${bare && `,${bare}`}`;
  return roll(says, `restarts pod by pod${bare}`, seconds, gap);
}

/** A Rollout's steps as it will go through them. */
function canary(workload: Manifest, side: Side): Roll {
  const { spec } = workload.object;
  const scale = scaleOf(side, workload);
  if (spec.strategy.blueGreen)
    return roll(
      `${sayScale(scale)} start beside the old ones, which are switched off together`,
      'is switched to new pods',
    );
  const { steps: all, analysis, maxSurge = '25%', trafficRouting } = spec.strategy.canary;
  const weights = listOf(all).flatMap(({ setWeight }) => setWeight ?? []);
  const pauses = listOf(all).flatMap(({ pause }) => (pause ? [pause.duration] : []));
  const forever = pauses.filter((duration) => duration === undefined).length;
  const time = pauses.reduce<number>((sum, duration) => sum + (secondsOf(duration) ?? 0), 0);
  if (weights.length === 0)
    return roll(`${sayScale(scale)} roll at once: the canary has no steps`, 'restarts at once');
  // With traffic routing, weight and pods are two things: the canary gets its share of the pods, rounded up, on top.
  const first = Math.ceil((scale.max * (weights[0] ?? 100)) / 100);
  const extra = trafficRouting
    ? `${first} extra at first, up to ${scale.max}`
    : `${shareOf(maxSurge, scale.max)} extra`;
  const judged = listOf(analysis?.templates).map(({ templateName }) => templateName);
  const judge = judged.length > 0 ? `judged by ${judged.join(' and ')}` : 'judged by nobody';
  const wait = forever > 0 ? ', then waits for a person' : '';
  const goal = weights.at(-1) === 100 ? weights : [...weights, 100];
  const steps = `${goal.join(' → ')} %`;
  const least = time > 0 ? ` over at least ${minutes(time).replace('about ', '')}` : '';
  const says = `canary ${steps}${least}${wait}, ${judge}; ${sayScale(scale)}, ${extra}`;
  return roll(says, `goes through a canary, ${steps}${wait}`, time);
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
