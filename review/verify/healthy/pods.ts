import type { KubernetesObject } from '../../model/tree';
import { type Finding, subjectOf } from '../finding';
import { conditionOf } from './condition';

/** A restart that is older tells nothing of now. */
const recent = 60 * 60 * 1000;
/** Longer, and a pod does not come up, it hangs: an image is pulled and PostgreSQL started in less. */
const patience = 10 * 60 * 1000;
const coming = ['ContainerCreating', 'PodInitializing'];

/** Pods that wait, restart or failed. @param now in milliseconds */
export function* pods(objects: readonly KubernetesObject[], now: number): Generator<Finding> {
  for (const pod of objects) {
    // What a Job makes of a failed pod is the Job's to tell.
    const ofJob = (pod.metadata as any).ownerReferences?.some(({ kind }: any) => kind === 'Job');
    const { phase, reason, message } = pod.status ?? {};
    if (phase === 'Succeeded' || (ofJob && phase === 'Failed')) continue;
    const { name, namespace } = pod.metadata;
    const about = {
      question: 'healthy',
      level: 'mismatch',
      object: subjectOf(pod),
      fix: `kubectl describe pod ${name} -n ${namespace}`,
    } as const;
    if (phase === 'Failed') {
      yield {
        ...about,
        what: 'failed',
        message: `failed: ${[reason, message].filter(Boolean).join(', ') || 'no reason'}`,
      };
      continue;
    }
    const scheduled = conditionOf(pod, 'PodScheduled');
    if (scheduled?.status === 'False') {
      yield { ...about, what: 'unschedulable', message: `has no node: ${scheduled.message ?? scheduled.reason}` };
      continue;
    }
    yield* containers(pod, about, now);
  }
}

function* containers(pod: any, about: Omit<Finding, 'what' | 'message'>, now: number): Generator<Finding> {
  const { initContainerStatuses = [], containerStatuses = [], startTime } = pod.status ?? {};
  const age = startTime ? now - Date.parse(startTime) : 0;
  for (const { name, state, lastState, restartCount = 0 } of [...initContainerStatuses, ...containerStatuses]) {
    const { waiting } = state ?? {};
    const ended = lastState?.terminated;
    const why = ended ? `; it ended with ${ended.reason ?? 'exit code'} ${ended.exitCode ?? ''}`.trimEnd() : '';
    const often = `${restartCount} restart${restartCount === 1 ? '' : 's'}`;
    if (waiting && !coming.includes(waiting.reason))
      yield {
        ...about,
        what: 'waiting',
        message: `container ${name} waits: ${waiting.reason}${waiting.message ? `, ${waiting.message}` : ''} (${often}${why})`,
      };
    else if (waiting && age > patience)
      yield {
        ...about,
        what: 'waiting',
        message: `container ${name} is ${waiting.reason} for ${Math.round(age / 60_000)} min`,
      };
    else if (restartCount > 0 && ended?.finishedAt && now - Date.parse(ended.finishedAt) < recent)
      yield {
        ...about,
        what: 'restarting',
        message: `container ${name} has ${often}, the last one ${ended.finishedAt}${why}`,
      };
  }
}
