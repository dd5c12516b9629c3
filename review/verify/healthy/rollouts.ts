import type { Kinds } from '../../model/kinds';
import { about, type VerifyFinding } from '../finding';

/** Phase, step and weight of Rollouts. A canary on its way is a note; one that stands still is a mismatch. */
export function* rollouts(objects: readonly Kinds['Rollout'][]): Generator<VerifyFinding> {
  for (const object of objects) {
    const { status, metadata } = object;
    const say = about('healthy', object);
    const see = `kubectl argo rollouts get rollout ${metadata.name} -n ${metadata.namespace}`;
    if (!status?.phase) {
      const fix = 'look at the Application argo-rollouts';
      yield say('no-status', 'has no phase: the Rollouts controller has not seen it', { fix });
      continue;
    }
    const message = [`${status.phase}${status.message ? ` (${status.message})` : ''}`, where(object)]
      .filter(Boolean)
      .join(', ');
    if (status.abort)
      yield say('aborted', `${message}; the stable version serves`, {
        fix: `npm run rollback -- ${metadata.namespace} web --push makes git say so too; ${see} tells why`,
      });
    else if (status.phase === 'Degraded') yield say('degraded', message, { fix: see });
    // The pauses of its steps end by themselves.
    else if (object.spec?.paused || status.pauseConditions?.some(({ reason }) => reason !== 'CanaryPauseStep'))
      yield say('paused', `${message}; it waits for a person`, {
        fix: `resume it in Argo CD, and only then abort or promote it; ${see} shows the analysis`,
      });
    else if (status.phase !== 'Healthy') yield say('progressing', message, { level: 'note' });
  }
}

/** `step 3 of 8, canary at 20 %`; empty when no canary runs. */
function where({ spec, status }: Kinds['Rollout']): string {
  const steps = spec?.strategy?.canary?.steps ?? [];
  const index = status?.currentStepIndex;
  if (steps.length === 0 || index === undefined || status?.phase === 'Healthy') return '';
  const set = steps.slice(0, index + 1).findLast((step) => step.setWeight !== undefined)?.setWeight;
  const weight = status?.canary?.weights?.canary?.weight ?? set ?? 0;
  return `step ${Math.min(index + 1, steps.length)} of ${steps.length}, canary at ${weight} %`;
}
