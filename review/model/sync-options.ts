import type { KubernetesObject } from './tree';

type Annotated = Pick<KubernetesObject, 'metadata'>;

export const optionsKey = 'argocd.argoproj.io/sync-options';
export const waveKey = 'argocd.argoproj.io/sync-wave';
export const hookKey = 'argocd.argoproj.io/hook';
export const policyKey = 'argocd.argoproj.io/hook-delete-policy';

/** What the object asks of Argo CD: `Prune=false`, `Replace=true`. */
export function syncOptions({ metadata }: Annotated): ReadonlySet<string> {
  const text = metadata.annotations?.[optionsKey] ?? '';
  return new Set(
    String(text)
      .split(',')
      .map((option) => option.trim())
      .filter(Boolean),
  );
}

/** When in a sync the object is created anew, if it is a hook: `PreSync`, `Sync`, `PostSync`. */
export function hookOf({ metadata }: Annotated): string | undefined {
  return metadata.annotations?.[hookKey];
}

/** Argo CD deletes the last one first unless another policy is named; a name without that policy is there already. */
export function madeAnew({ metadata }: Annotated): boolean {
  const policy = metadata.annotations?.[policyKey];
  return policy === undefined || policy.includes('BeforeHookCreation');
}
