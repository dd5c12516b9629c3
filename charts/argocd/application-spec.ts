import type { ApplicationSpecSyncPolicy } from '../../imports/application-argoproj.io';
import type { Cluster } from '../environments/environment';
import { seconds } from '../environments/units';
import type { Settings } from '../settings';

/** The cluster Argo CD runs in. */
export const ownCluster = 'https://kubernetes.default.svc';

/** The AppProject of all previews. */
export const previewProject = 'preview';

/** The annotation of an Application that says how many minutes a sync of it may take before that is told. */
export function syncMinutes({ system }: Cluster): string {
  return `delivery.${system.domain}/sync-minutes`;
}

/**
 * What Argo CD's notifications ask of an Application.
 *
 * @param notify `all`: each deploy too; `trouble`: only what goes wrong; `commit`: both, as a status of the commit alone
 * @param hook seconds that the longest hook of it may run
 */
export function notices(
  { cluster }: Settings,
  notify: 'all' | 'trouble' | 'commit',
  environment: string,
  hook = 0,
) {
  const minutes = Math.ceil((seconds(cluster.delivery.syncWithin) + hook) / 60);
  return { labels: { environment, notify }, annotations: { [syncMinutes(cluster)]: String(minutes) } };
}

/** This repository at the branch that is delivered. */
export function source({ cluster }: Settings, path: string) {
  return { repoUrl: cluster.delivery.repository, targetRevision: cluster.delivery.branch, path };
}

/**
 * Git is the truth: what differs is put back, what is gone from git is removed, but for what protects itself.
 *
 * No PruneLast: it gives deletions a wave behind the last one, so that a sync with anything to delete, or to keep, waits
 * until every workload it changed is healthy, and the commit after it waits too (Argo CD's
 * gitops-engine/pkg/sync/sync_context.go, `getSyncTasks`).
 */
export function syncPolicy({ createNamespace = false } = {}): ApplicationSpecSyncPolicy {
  return {
    automated: { enabled: true, prune: true, selfHeal: true },
    syncOptions: [
      // A Namespace is an object of its own chart, with labels that matter; only an add-on may have none.
      `CreateNamespace=${createNamespace}`,
      'ServerSideApply=true',
      // What controllers write is not only overlooked in a comparison, it is not written over either.
      'RespectIgnoreDifferences=true',
      'ApplyOutOfSyncOnly=true',
      'PrunePropagationPolicy=foreground',
      'FailOnSharedResource=true',
      // The definition of a custom resource may come from another Application, and nothing orders those.
      'SkipDryRunOnMissingResource=true',
    ],
    // An hour of trying: a namespace, a definition or a webhook that another Application brings is there long before. Each
    // attempt is of the newest commit, which waits for it a minute at most.
    retry: { limit: 60, refresh: true, backoff: { duration: '10s', factor: 2, maxDuration: '1m0s' } },
  };
}
