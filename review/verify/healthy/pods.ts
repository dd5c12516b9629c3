import type { Kinds } from '../../model/kinds';
import { about, type VerifyFinding } from '../finding';
import { conditionOf } from './condition';

/** A restart that is older tells nothing of now. */
const recent = 60 * 60 * 1000;
/** Longer, and a pod does not come up, it hangs: an image is pulled and PostgreSQL started in less. */
const patience = 10 * 60 * 1000;
const coming = ['ContainerCreating', 'PodInitializing'];

/** Pods that wait, restart or failed. @param now in milliseconds */
export function* pods(objects: readonly Kinds['Pod'][], now: number): Generator<VerifyFinding> {
  for (const pod of objects) {
    // What a Job makes of a failed pod is the Job's to tell.
    const ofJob = pod.metadata.ownerReferences?.some(({ kind }) => kind === 'Job');
    const { phase, reason, message } = pod.status ?? {};
    if (phase === 'Succeeded' || (ofJob && phase === 'Failed')) continue;
    const { name, namespace } = pod.metadata;
    const say = about('healthy', pod, { fix: `kubectl describe pod ${name} -n ${namespace}` });
    const scheduled = conditionOf(pod, 'PodScheduled');
    if (phase === 'Failed')
      yield say('failed', `failed: ${[reason, message].filter(Boolean).join(', ') || 'no reason'}`);
    else if (scheduled?.status === 'False')
      yield say('unschedulable', `has no node: ${scheduled.message ?? scheduled.reason}`);
    else yield* containers(pod, say, now);
  }
}

function* containers(
  { status = {} }: Kinds['Pod'],
  say: ReturnType<typeof about>,
  now: number,
): Generator<VerifyFinding> {
  const { initContainerStatuses = [], containerStatuses = [], startTime } = status;
  const age = startTime ? now - Date.parse(startTime) : 0;
  for (const { name, state, lastState, restartCount = 0 } of [...initContainerStatuses, ...containerStatuses]) {
    const { waiting } = state ?? {};
    const ended = lastState?.terminated;
    const why = ended ? `; it ended with ${ended.reason ?? 'exit code'} ${ended.exitCode ?? ''}`.trimEnd() : '';
    const often = `${restartCount} restart${restartCount === 1 ? '' : 's'}`;
    if (waiting && !coming.includes(waiting.reason ?? '')) {
      const reason = [waiting.reason, waiting.message].filter(Boolean).join(', ');
      yield say('waiting', `container ${name} waits: ${reason} (${often}${why})`);
    } else if (waiting && age > patience)
      yield say('waiting', `container ${name} has been ${waiting.reason} for ${Math.round(age / 60_000)} min`);
    else if (restartCount > 0 && ended?.finishedAt && now - Date.parse(ended.finishedAt) < recent)
      yield say('restarting', `container ${name} has ${often}, the last one ${ended.finishedAt}${why}`);
  }
}
