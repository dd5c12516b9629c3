import type { Policy } from '../chart-folder';
import { allowance } from './allow';

/** Annotations for what stays, and the rule that asks for each: why it need not be here. */
const forGood: readonly (readonly [annotation: RegExp, rule?: string, reason?: string])[] = [
  [/^argocd\.argoproj\.io\/sync-options$/, 'prune-protected', 'goes with its pull request, and so does its data'],
  [/^(secret\.)?reloader\.stakater\.com\//, 'config-restart', 'its secrets are made once and never change'],
  [/^ad\.datadoghq\.com\//],
];

/** Takes from every object of an app what keeps it, so that all of it goes with its Application. */
export const passing: Policy = ({ metadata, spec }, made) => {
  const own = metadata.annotations ?? {};
  for (const annotations of [own, spec?.template?.metadata?.annotations ?? {}])
    for (const name of Object.keys(annotations))
      for (const [pattern, rule, reason] of forGood) {
        if (!pattern.test(name)) continue;
        delete annotations[name];
        if (rule && reason) Object.assign(own, allowance(made, rule, reason));
      }
  if (Object.keys(own).length > 0) metadata.annotations = own;
};
