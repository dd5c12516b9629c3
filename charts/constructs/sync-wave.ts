/**
 * The order in which Argo CD syncs the objects of one Application. Nothing may rely on an order between Applications.
 * What a pod needs comes first, then what sends it traffic, and the workload last: Argo CD does not wait for the health
 * of the last wave, so a canary never holds a sync open.
 */
const waves = { namespace: '-3', prerequisites: '-2', jobs: '-1', traffic: '0', workload: '1' };

export function wave(name: keyof typeof waves): Record<string, string> {
  return { 'argocd.argoproj.io/sync-wave': waves[name] };
}

/** Argo CD deletes an object that disappears from git, but never this one: its data would go with it. */
export const keepWhenRemoved = { 'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false' };
