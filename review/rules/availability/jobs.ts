import { applicationsOf } from '../../model/applications';
import { hookOf, policyKey, syncOptions } from '../../model/sync-options';
import { ofKinds } from '../../rule-of';

export const jobLimits = ofKinds('job-limits', ['Job', 'CronJob'], function* ({ spec = {} }) {
  const [job = {}, path] =
    'jobTemplate' in spec ? [spec.jobTemplate?.spec, ['spec', 'jobTemplate', 'spec']] : [spec, ['spec']];
  const missing = (['backoffLimit', 'activeDeadlineSeconds'] as const).filter((field) => !(field in job));
  if (missing.length > 0) yield [`has no ${missing.join(' and no ')}`, ...path];
});

export const jobCleanup = ofKinds('job-cleanup', ['Job'], function* (object) {
  const { ttlSecondsAfterFinished: seconds } = object.spec ?? {};
  if (seconds === undefined && !hookOf(object)) yield ['stays when it has ended', 'spec'];
  // A hook that is gone before Argo CD has looked is run again, or never found.
  else if (seconds !== undefined && hookOf(object) && seconds < 60)
    yield [
      `${seconds}s: it may be gone before Argo CD has seen that it ended`,
      ...['spec', 'ttlSecondsAfterFinished'],
    ];
});

export const jobName = ofKinds('job-name', ['Job'], function* (object, manifest, tree) {
  if (hookOf(object) || applicationsOf(tree, manifest).length === 0) return;
  const options = syncOptions(object);
  if (options.has('Replace=true') && options.has('Force=true')) return;
  // With letters and digits: a word such as "database" is not a hash.
  if (/-(?=[0-9a-f]*\d)[0-9a-f]{6,64}$/.test(object.metadata.name)) return;
  yield ['is not a hook, and cannot be updated under this name', 'metadata', 'name'];
});

export const hookPolicy = ofKinds('hook-policy', ['Job', 'Pod', 'Workflow'], function* (object) {
  const policy = object.metadata.annotations?.[policyKey];
  // Absent it is BeforeHookCreation.
  if (!hookOf(object) || policy === undefined) return;
  if (!policy.split(',').some((each) => each.trim() === 'BeforeHookCreation'))
    yield [`is ${policy} only`, 'metadata', 'annotations', policyKey];
});

export const cronLimits = ofKinds('cron-limits', ['CronJob'], function* ({ spec = {} }) {
  const { startingDeadlineSeconds: seconds, concurrencyPolicy = 'Allow' } = spec;
  if (seconds === undefined) yield ['has no `startingDeadlineSeconds`', 'spec'];
  // The controller looks every ten seconds.
  else if (seconds < 10)
    yield [`${seconds}s: the controller looks every 10s and may miss it`, 'spec', 'startingDeadlineSeconds'];
  if (concurrencyPolicy === 'Allow') yield ['lets runs overlap (Allow)', 'spec', 'concurrencyPolicy'];
});

export const rolloutRestart = ofKinds('rollout-restart-policy', ['Rollout'], function* ({ spec }) {
  const { restartPolicy = 'Always' } = spec?.template?.spec ?? {};
  if (restartPolicy !== 'Always')
    yield [`is ${restartPolicy}: only Always can be here`, 'spec', 'template', 'spec', 'restartPolicy'];
});
