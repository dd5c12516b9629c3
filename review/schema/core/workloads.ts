import { mistakeIn } from '../../../charts/environments/cron';
import { selects } from '../../model/selection';
import { selector } from './labels';
import { template } from './pod';
import { atLeast, countOrPercent, each, needed, type Path, type Say } from './say';

const always = ['Always'];

/** What Deployment, StatefulSet, DaemonSet, ReplicaSet and Rollout have in common. */
export function workload(object: any, say: Say): void {
  const spec = object.spec ?? {};
  const claims = (spec.volumeClaimTemplates ?? []).map(({ metadata }: any) => metadata?.name);
  template(spec.template, ['spec', 'template'], say, always, claims);
  atLeast(0, spec, ['replicas', 'minReadySeconds', 'revisionHistoryLimit'], ['spec'], say);
  if (spec.template?.spec?.activeDeadlineSeconds !== undefined)
    say(['spec', 'template', 'spec', 'activeDeadlineSeconds'], 'cannot be set for pods that are to run on');
  ownPods(spec, say);
}

function ownPods(spec: any, say: Say): void {
  const at = ['spec', 'selector'];
  selector(spec.selector, at, say);
  const { matchLabels = {}, matchExpressions = [] } = spec.selector ?? {};
  if (Object.keys(matchLabels ?? {}).length + (matchExpressions ?? []).length === 0)
    say(at, 'is empty; it has to select the pods of the template');
  else if (!selects(spec.selector ?? {}, spec.template?.metadata?.labels ?? {}))
    say(at, 'does not select the labels of the template');
}

export function deployment(object: any, say: Say): void {
  workload(object, say);
  const { strategy, progressDeadlineSeconds: deadline, minReadySeconds = 0 } = object.spec ?? {};
  atLeast(0, object.spec, ['progressDeadlineSeconds'], ['spec'], say);
  // 600 is what Kubernetes fills in.
  if ((deadline ?? 600) <= minReadySeconds && deadline !== 2 ** 31 - 1)
    say(
      ['spec', 'progressDeadlineSeconds'],
      `is ${deadline ?? 600}, must be greater than minReadySeconds, ${minReadySeconds}`,
    );
  if (strategy?.type === 'Recreate' && strategy.rollingUpdate)
    say(['spec', 'strategy', 'rollingUpdate'], 'cannot be set with Recreate');
  rolling(strategy?.rollingUpdate, ['spec', 'strategy', 'rollingUpdate'], say);
}

export function daemonSet(object: any, say: Say): void {
  workload(object, say);
  const { updateStrategy } = object.spec ?? {};
  const update = updateStrategy?.rollingUpdate;
  rolling(
    update && { maxSurge: 0, maxUnavailable: 1, ...update },
    ['spec', 'updateStrategy', 'rollingUpdate'],
    say,
  );
  if (update && amount(update.maxSurge ?? 0) > 0 && amount(update.maxUnavailable ?? 1) > 0)
    say(['spec', 'updateStrategy', 'rollingUpdate', 'maxSurge'], 'cannot be set while maxUnavailable is not 0');
}

export function statefulSet(object: any, say: Say): void {
  workload(object, say);
  const { spec = {} } = object;
  atLeast(0, spec.ordinals, ['start'], ['spec', 'ordinals'], say);
  const update = spec.updateStrategy?.rollingUpdate;
  const at = ['spec', 'updateStrategy', 'rollingUpdate'];
  if (spec.updateStrategy?.type === 'OnDelete' && update) say(at, 'cannot be set with OnDelete');
  atLeast(0, update, ['partition'], at, say);
  countOrPercent(update?.maxUnavailable, [...at, 'maxUnavailable'], say, 100);
}

function rolling(of: any, at: Path, say: Say): void {
  if (!of) return;
  countOrPercent(of.maxSurge, [...at, 'maxSurge'], say);
  countOrPercent(of.maxUnavailable, [...at, 'maxUnavailable'], say, 100);
  // 25% is what Kubernetes fills in.
  if (amount(of.maxSurge ?? '25%') === 0 && amount(of.maxUnavailable ?? '25%') === 0)
    say([...at, 'maxUnavailable'], 'cannot be 0 while maxSurge is 0: nothing could be replaced');
}

/** A count or a share, as a number. */
export function amount(value: string | number): number {
  return typeof value === 'number' ? value : Number.parseInt(value, 10);
}

export function job(object: any, say: Say): void {
  jobSpec(object.spec ?? {}, ['spec'], say);
}

export function cronJob(object: any, say: Say): void {
  const { spec = {}, metadata } = object;
  if (metadata.name.length > 52)
    say(['metadata', 'name'], `is ${metadata.name.length} characters, the most is 52: a Job's name adds eleven`);
  needed(spec.schedule, ['spec', 'schedule'], say);
  const wrong = spec.schedule && mistakeIn(spec.schedule);
  if (wrong) say(['spec', 'schedule'], `${JSON.stringify(spec.schedule)} ${wrong}`);
  if (spec.timeZone !== undefined && !isTimeZone(spec.timeZone))
    say(['spec', 'timeZone'], `${JSON.stringify(spec.timeZone)} is not a valid time zone`);
  const counts = ['startingDeadlineSeconds', 'successfulJobsHistoryLimit', 'failedJobsHistoryLimit'];
  atLeast(0, spec, counts, ['spec'], say);
  jobSpec(spec.jobTemplate?.spec ?? {}, ['spec', 'jobTemplate', 'spec'], say);
}

/** What a Job runs, wherever it stands. */
export function jobSpec(spec: any, at: Path, say: Say): void {
  template(spec.template, [...at, 'template'], say, ['OnFailure', 'Never']);
  const counts = [
    'parallelism',
    'completions',
    'activeDeadlineSeconds',
    'backoffLimit',
    'ttlSecondsAfterFinished',
    'backoffLimitPerIndex',
    'maxFailedIndexes',
  ];
  atLeast(0, spec, counts, at, say);
  if (spec.completionMode === 'Indexed') needed(spec.completions, [...at, 'completions'], say);
  if (spec.podFailurePolicy && spec.template?.spec?.restartPolicy !== 'Never')
    say([...at, 'podFailurePolicy'], 'needs restartPolicy: Never');
  for (const [rule, path] of each(spec.podFailurePolicy, 'rules', [...at, 'podFailurePolicy']))
    needed(rule.action, [...path, 'action'], say);
}

const zones = new Map<string, boolean>();

/** Asked once for each name: the answer is slow. */
function isTimeZone(name: string): boolean {
  const known = zones.get(name) ?? (name !== '' && !/^local$/i.test(name) && formats(name));
  zones.set(name, known);
  return known;
}

function formats(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return true;
  } catch {
    return false;
  }
}
