import { selects } from '../../model/selection';
import type { Field, FieldJudge } from './field';

/** Pods that a controller makes. @param restarts what restartPolicy may be; Kubernetes fills in Always */
function template(spec: Field, restarts: readonly string[]): void {
  const restart = spec.at('template', 'spec', 'restartPolicy');
  const chosen = restart.text || 'Always';
  if (!restarts.includes(chosen)) restart.refuse(`is ${chosen}, must be ${restarts.join(' or ')}`);
}

/** What Deployment, StatefulSet, DaemonSet and Rollout have in common. */
export function workload(spec: Field): void {
  template(spec, ['Always']);
  const deadline = spec.at('template', 'spec', 'activeDeadlineSeconds');
  if (deadline.isSet) deadline.refuse('cannot be set for pods that are to run on');
  const [own, labels] = [spec.at('selector'), spec.at('template', 'metadata', 'labels')];
  if (own.at('matchLabels').keys.length + own.at('matchExpressions').elements.length === 0)
    own.refuse('is empty; it has to select the pods of the template');
  else if (!selects(own.value as object, (labels.value ?? {}) as Record<string, string>))
    own.refuse('does not select the labels of the template');
}

/** @param surge and unavailable what is filled in */
export function rolling(update: Field, surge: string, unavailable: string): void {
  const both = [amount(update.at('maxSurge'), surge), amount(update.at('maxUnavailable'), unavailable)];
  if (update.isSet && both.every((each) => each === 0))
    update.at('maxUnavailable').refuse('cannot be 0 while maxSurge is 0: nothing could be replaced');
}

function amount({ value }: Field, otherwise: string): number {
  return Number.parseInt(String(value ?? otherwise), 10);
}

/** 600 is what Kubernetes fills in, and the controller of Rollouts. */
export function deadline(spec: Field): void {
  const [deadline, ready] = [spec.at('progressDeadlineSeconds'), spec.at('minReadySeconds').number(0)];
  if (deadline.number(600) <= ready && deadline.value !== 2 ** 31 - 1)
    deadline.refuse(`is ${deadline.number(600)}, must be greater than minReadySeconds, ${ready}`);
}

function deployment(spec: Field): void {
  workload(spec);
  deadline(spec);
  const update = spec.at('strategy', 'rollingUpdate');
  if (spec.at('strategy', 'type').value === 'Recreate' && update.isSet)
    update.refuse('cannot be set with Recreate');
  rolling(update, '25%', '25%');
}

function daemonSet(spec: Field): void {
  workload(spec);
  const update = spec.at('updateStrategy', 'rollingUpdate');
  rolling(update, '0', '1');
  const surge = update.at('maxSurge');
  if (amount(surge, '0') > 0 && amount(update.at('maxUnavailable'), '1') > 0)
    surge.refuse('cannot be set while maxUnavailable is not 0');
}

function statefulSet(spec: Field): void {
  workload(spec);
  const update = spec.at('updateStrategy', 'rollingUpdate');
  if (spec.at('updateStrategy', 'type').value === 'OnDelete' && update.isSet)
    update.refuse('cannot be set with OnDelete');
}

function job(spec: Field): void {
  template(spec, ['OnFailure', 'Never']);
  if (spec.at('completionMode').value === 'Indexed' && !spec.at('completions').isSet)
    spec.at('completions').refuse('is required');
  const policy = spec.at('podFailurePolicy');
  if (policy.isSet && spec.at('template', 'spec', 'restartPolicy').value !== 'Never')
    policy.refuse('needs restartPolicy: Never');
}

function cronJob(object: Field): void {
  const name = object.at('metadata', 'name');
  if (name.text.length > 52)
    name.refuse(`is ${name.text.length} characters, the most is 52: a Job's name adds eleven`);
}

/** What makes pods. */
export const workloadsJudges: Readonly<Record<string, FieldJudge>> = {
  'apps/DaemonSetSpec': daemonSet,
  'apps/DeploymentSpec': deployment,
  'apps/StatefulSetSpec': statefulSet,
  'batch/CronJob': cronJob,
  'batch/JobSpec': job,
};
