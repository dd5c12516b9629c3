import { applicationsOf } from '../../model/applications';
import { hookOf, policyKey, syncOptions } from '../../model/sync-options';
import { ofKinds } from '../../rule';

export const jobLimits = ofKinds(['Job', 'CronJob'], {
  id: 'job-limits',
  level: 'warn',
  title: 'A Job ends: it limits its attempts and its time.',
  why: 'By default it makes six attempts, with growing waits; a program that hangs holds its memory and its connection for ever.',
  fix: 'Set `backoffLimit` and `activeDeadlineSeconds`.',
  *judge({ spec = {} }) {
    const [job = {}, path] =
      'jobTemplate' in spec ? [spec.jobTemplate?.spec, ['spec', 'jobTemplate', 'spec']] : [spec, ['spec']];
    const missing = (['backoffLimit', 'activeDeadlineSeconds'] as const).filter((field) => !(field in job));
    if (missing.length > 0) yield [`has no ${missing.join(' and no ')}`, ...path];
  },
});

export const jobCleanup = ofKinds(['Job'], {
  id: 'job-cleanup',
  level: 'warn',
  title: 'Something removes each Job that has ended.',
  why: 'Finished Jobs and their pods pile up by the hundred, until the API server is slow.',
  fix: 'Set `ttlSecondsAfterFinished`, or make it a hook of Argo CD, which deletes the previous one.',
  *judge(object) {
    const { ttlSecondsAfterFinished: seconds } = object.spec ?? {};
    if (seconds === undefined && !hookOf(object)) yield ['stays when it has ended', 'spec'];
    // A hook that is gone before Argo CD has looked is run again, or never found.
    else if (seconds !== undefined && hookOf(object) && seconds < 60)
      yield [
        `${seconds}s: it may be gone before Argo CD has seen that it ended`,
        ...['spec', 'ttlSecondsAfterFinished'],
      ];
  },
});

export const jobName = ofKinds(['Job'], {
  id: 'job-name',
  level: 'critical',
  title: 'A Job that Argo CD delivers is a hook, or has a name that changes with its content.',
  why: 'The template of a Job cannot be changed: the next image makes every sync of the Application fail.',
  fix: 'Annotate it as a hook with `hook-delete-policy: BeforeHookCreation`, or put a hash of the content into its name.',
  *judge(object, manifest, tree) {
    if (hookOf(object) || applicationsOf(tree, manifest).length === 0) return;
    const options = syncOptions(object);
    if (options.has('Replace=true') && options.has('Force=true')) return;
    // With letters and digits: a word such as "database" is not a hash.
    if (/-(?=[0-9a-f]*\d)[0-9a-f]{6,64}$/.test(object.metadata.name)) return;
    yield ['is not a hook, and cannot be updated under this name', 'metadata', 'name'];
  },
});

export const hookPolicy = ofKinds(['Job', 'Pod', 'Workflow'], {
  id: 'hook-policy',
  level: 'high',
  title: 'Each sync creates its hooks anew: their delete policy is BeforeHookCreation.',
  why: 'With another policy, a hook that ended the other way still exists at the next sync, under the same name. Its old result counts, and the new hook never runs.',
  fix: 'Set `argocd.argoproj.io/hook-delete-policy: BeforeHookCreation`, beside others if you like.',
  *judge(object) {
    const policy = object.metadata.annotations?.[policyKey];
    // Absent it is BeforeHookCreation.
    if (!hookOf(object) || policy === undefined) return;
    if (!policy.split(',').some((each) => each.trim() === 'BeforeHookCreation'))
      yield [`is ${policy} only`, 'metadata', 'annotations', policyKey];
  },
});

export const cronLimits = ofKinds(['CronJob'], {
  id: 'cron-limits',
  level: 'warn',
  title: 'A CronJob says how late it may start, and what happens to the previous run.',
  why: 'After a hundred missed starts a CronJob without a deadline never runs again; and by default the next run starts beside a slow one, on the same rows.',
  fix: 'Set `startingDeadlineSeconds`, and `concurrencyPolicy` to Forbid or Replace.',
  *judge({ spec = {} }) {
    const { startingDeadlineSeconds: seconds, concurrencyPolicy = 'Allow' } = spec;
    if (seconds === undefined) yield ['has no `startingDeadlineSeconds`', 'spec'];
    // The controller looks every ten seconds.
    else if (seconds < 10)
      yield [`${seconds}s: the controller looks every 10s and may miss it`, 'spec', 'startingDeadlineSeconds'];
    if (concurrencyPolicy === 'Allow') yield ['lets runs overlap (Allow)', 'spec', 'concurrencyPolicy'];
  },
});

export const rolloutRestart = ofKinds(['Rollout'], {
  id: 'rollout-restart-policy',
  level: 'critical',
  title: 'The pods of a Rollout are restarted.',
  why: 'In a Deployment the API server refuses anything but Always. It accepts a Rollout, but the controller then calls that invalid and deploys nothing.',
  fix: 'Remove `restartPolicy`, or make it a Job.',
  *judge({ spec }) {
    const { restartPolicy = 'Always' } = spec?.template?.spec ?? {};
    if (restartPolicy !== 'Always')
      yield [`is ${restartPolicy}: only Always can be here`, 'spec', 'template', 'spec', 'restartPolicy'];
  },
});
