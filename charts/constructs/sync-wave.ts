/**
 * The order in which Argo CD syncs the objects of one Application. Nothing may rely on an order between Applications.
 * Argo CD goes on to the next wave when everything it wrote in this one is healthy, and ends without asking after the last.
 * So before the workload stands what is there as soon as it is written, a hook with what it needs, and the Ingress, which
 * must have its load balancer before the first pods; all else comes with the workload. A sync is then never held open by a
 * canary, nor by a controller that is away (Argo CD's gitops-engine/pkg/sync/sync_context.go, `Sync`).
 *
 * A preview is one Application: its database and the migrations come with `workload`, and what waits for both is `migrated`.
 */
const waves = { namespace: '-3', prerequisites: '-2', jobs: '-1', traffic: '0', workload: '1', migrated: '2' };

export function wave(name: keyof typeof waves): Record<string, string> {
  return { 'argocd.argoproj.io/sync-wave': waves[name] };
}

/** Argo CD deletes an object that disappears from git, but never this one: its data would go with it. */
export const keepWhenRemoved = { 'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false' };
