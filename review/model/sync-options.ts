import type { KubernetesObject } from './tree';

/** What the object asks of Argo CD: `Prune=false`, `Replace=true`. */
export function syncOptions({ metadata }: KubernetesObject): ReadonlySet<string> {
  const text = metadata.annotations?.['argocd.argoproj.io/sync-options'] ?? '';
  return new Set(
    String(text)
      .split(',')
      .map((option) => option.trim())
      .filter(Boolean),
  );
}

/** When in a sync the object is created anew, if it is a hook: `PreSync`, `Sync`, `PostSync`. */
export function hookOf({ metadata }: KubernetesObject): string | undefined {
  return metadata.annotations?.['argocd.argoproj.io/hook'];
}

/** Argo CD deletes the last one first unless another policy is named; a name without that policy is there already. */
export function madeAnew({ metadata }: KubernetesObject): boolean {
  const policy = metadata.annotations?.['argocd.argoproj.io/hook-delete-policy'];
  return policy === undefined || policy.includes('BeforeHookCreation');
}
