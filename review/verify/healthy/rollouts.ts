import type { KubernetesObject } from '../../model/tree';
import { type Finding, subjectOf } from '../finding';

/** Phase, step and weight of Rollouts. A canary on its way is told and no mismatch; one that stands still is. */
export function* rollouts(objects: readonly KubernetesObject[]): Generator<Finding> {
  for (const object of objects) {
    const { status, metadata } = object;
    const about = { question: 'healthy', object: subjectOf(object) } as const;
    const see = `kubectl argo rollouts get rollout ${metadata.name} -n ${metadata.namespace}`;
    if (!status?.phase) {
      yield {
        ...about,
        level: 'mismatch',
        what: 'no-status',
        message: 'has no phase: the Rollouts controller has not seen it',
        fix: 'look at the Application argo-rollouts',
      };
      continue;
    }
    const message = [`${status.phase}${status.message ? ` (${status.message})` : ''}`, where(object)]
      .filter(Boolean)
      .join(', ');
    if (status.abort)
      yield {
        ...about,
        level: 'mismatch',
        what: 'aborted',
        message: `${message}; the version before serves`,
        fix: `npm run rollback -- ${metadata.namespace} web --push makes git say so too; ${see} tells why`,
      };
    else if (status.phase === 'Degraded')
      yield { ...about, level: 'mismatch', what: 'degraded', message, fix: see };
    // The pauses of its steps end by themselves.
    else if (object.spec.paused || status.pauseConditions?.some(({ reason }: any) => reason !== 'CanaryPauseStep'))
      yield {
        ...about,
        level: 'mismatch',
        what: 'paused',
        message: `${message}; it waits for a person`,
        fix: `resume it in Argo CD, and only then abort or promote it; ${see} shows the analysis`,
      };
    else if (status.phase !== 'Healthy') yield { ...about, level: 'note', what: 'progressing', message };
  }
}

/** `step 3 of 8, canary at 20 %`; empty when no canary runs. */
function where({ spec, status }: KubernetesObject): string {
  const steps: any[] = spec.strategy?.canary?.steps ?? [];
  const index = status.currentStepIndex;
  if (steps.length === 0 || index === undefined || status.phase === 'Healthy') return '';
  const weights = status.canary?.weights;
  const set = steps.slice(0, index + 1).findLast((step) => step.setWeight !== undefined)?.setWeight;
  const weight = weights?.canary?.weight ?? set ?? 0;
  return `step ${Math.min(index + 1, steps.length)} of ${steps.length}, canary at ${weight} %`;
}
