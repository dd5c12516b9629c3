import { applicationsOf } from '../../model/applications';
import type { Manifest, Tree } from '../../model/tree';
import type { Rule } from '../../rule';

const hook = 'argocd.argoproj.io/hook';
const deletePolicy = 'argocd.argoproj.io/hook-delete-policy';
const annotation = ({ object }: Manifest, key: string) => object.metadata.annotations?.[key];

/** Every description of a Job: a Job's own, and a CronJob's. */
function jobsOf(tree: Tree): { manifest: Manifest; spec: any; path: string[] }[] {
  return tree
    .ofKind('Job', 'CronJob')
    .map((manifest) =>
      manifest.object.kind === 'Job'
        ? { manifest, spec: manifest.object.spec ?? {}, path: ['spec'] }
        : { manifest, spec: manifest.object.spec?.jobTemplate?.spec ?? {}, path: ['spec', 'jobTemplate', 'spec'] },
    );
}

export const jobLimits: Rule = {
  id: 'job-limits',
  level: 'warn',
  title: 'A Job ends: it says how often it is tried, and how long it may take.',
  why: 'Six attempts are the default, with growing waits; a program that hangs holds its memory and its connection for ever.',
  fix: 'Set `backoffLimit` and `activeDeadlineSeconds`.',
  *check({ tree }) {
    for (const { manifest, spec, path } of jobsOf(tree)) {
      const missing = ['backoffLimit', 'activeDeadlineSeconds'].filter((field) => spec[field] === undefined);
      if (missing.length > 0) yield { manifest, path, message: `has no ${missing.join(' and no ')}` };
    }
  },
};

export const jobCleanup: Rule = {
  id: 'job-cleanup',
  level: 'warn',
  title: 'A Job that has ended is removed by something.',
  why: 'Ended Jobs and their pods stay, by the hundred, until the API server is slow.',
  fix: 'Set `ttlSecondsAfterFinished`, or make it a hook of Argo CD, which deletes the one before.',
  *check({ tree }) {
    for (const manifest of tree.ofKind('Job')) {
      const { ttlSecondsAfterFinished } = manifest.object.spec ?? {};
      if (ttlSecondsAfterFinished === undefined && !annotation(manifest, hook))
        yield { manifest, path: ['spec'], message: 'stays when it has ended' };
      // A hook that is gone before Argo CD has looked is run again, or never found.
      else if (ttlSecondsAfterFinished !== undefined && annotation(manifest, hook) && ttlSecondsAfterFinished < 60)
        yield {
          manifest,
          path: ['spec', 'ttlSecondsAfterFinished'],
          message: `${ttlSecondsAfterFinished}s: it may be gone before Argo CD has seen that it ended`,
        };
    }
  },
};

export const jobName: Rule = {
  id: 'job-name',
  level: 'critical',
  title: 'A Job that Argo CD delivers is a hook, or has a name that changes with its content.',
  why: 'The template of a Job cannot be changed: the next image makes every sync of the Application fail.',
  fix: 'Annotate it as a hook with `hook-delete-policy: BeforeHookCreation`, or put a hash of the content into its name.',
  *check({ tree }) {
    for (const manifest of tree.ofKind('Job')) {
      if (annotation(manifest, hook) || applicationsOf(tree, manifest).length === 0) continue;
      const options = annotation(manifest, 'argocd.argoproj.io/sync-options') ?? '';
      if (/Replace=true/.test(options) && /Force=true/.test(options)) continue;
      // With letters and digits: a word such as "database" is not a hash.
      if (/-(?=[0-9a-f]*\d)[0-9a-f]{6,64}$/.test(manifest.object.metadata.name)) continue;
      yield {
        manifest,
        path: ['metadata', 'name'],
        message: 'is not a hook, and cannot be updated under this name',
      };
    }
  },
};

export const hookPolicy: Rule = {
  id: 'hook-policy',
  level: 'high',
  title: 'A hook is made anew each time: its delete policy is BeforeHookCreation.',
  why: 'With another policy a hook that ended the other way is still there at the next sync, under the same name: its old result counts, and the new one is never run.',
  fix: 'Set `argocd.argoproj.io/hook-delete-policy: BeforeHookCreation`, beside others if you like.',
  *check({ tree }) {
    for (const manifest of tree.ofKind('Job', 'Pod', 'Workflow')) {
      const policy = annotation(manifest, deletePolicy);
      // Absent it is BeforeHookCreation.
      if (!annotation(manifest, hook) || policy === undefined) continue;
      if (!policy.split(',').some((each) => each.trim() === 'BeforeHookCreation'))
        yield { manifest, path: ['metadata', 'annotations', deletePolicy], message: `is ${policy} only` };
    }
  },
};

export const cronLimits: Rule = {
  id: 'cron-limits',
  level: 'warn',
  title: 'A CronJob says how late it may start, and what happens to the run before.',
  why: 'After a hundred missed starts a CronJob without a deadline never runs again; and by default a slow run is joined by the next one, on the same rows.',
  fix: 'Set `startingDeadlineSeconds`, and `concurrencyPolicy` to Forbid or Replace.',
  *check({ tree }) {
    for (const manifest of tree.ofKind('CronJob')) {
      const { startingDeadlineSeconds, concurrencyPolicy = 'Allow' } = manifest.object.spec ?? {};
      if (startingDeadlineSeconds === undefined)
        yield { manifest, path: ['spec'], message: 'has no `startingDeadlineSeconds`' };
      // The controller looks every ten seconds.
      else if (startingDeadlineSeconds < 10)
        yield {
          manifest,
          path: ['spec', 'startingDeadlineSeconds'],
          message: `${startingDeadlineSeconds}s: the controller looks every 10s and may miss it`,
        };
      if (concurrencyPolicy === 'Allow')
        yield { manifest, path: ['spec', 'concurrencyPolicy'], message: 'lets runs overlap (Allow)' };
    }
  },
};

export const rolloutRestart: Rule = {
  id: 'rollout-restart-policy',
  level: 'critical',
  title: 'The pods of a Rollout are restarted.',
  why: 'The API server refuses anything but Always in a Deployment. A Rollout it takes; the controller then calls it invalid and deploys nothing.',
  fix: 'Remove `restartPolicy`, or make it a Job.',
  *check({ tree }) {
    for (const manifest of tree.ofKind('Rollout')) {
      const { restartPolicy = 'Always' } = manifest.object.spec?.template?.spec ?? {};
      if (restartPolicy !== 'Always')
        yield {
          manifest,
          path: ['spec', 'template', 'spec', 'restartPolicy'],
          message: `is ${restartPolicy}: only Always can be here`,
        };
    }
  },
};
