import { systemFacts } from '../../../charts/facts';
import { minorOf } from '../../model/identity';
import { deprecatedFor, removedIn } from '../../model/old-apis';
import { rule } from '../../rule-of';

export const removedApi = rule('removed-api', function* ({ tree, settings }) {
  for (const manifest of tree.manifests) {
    const { apiVersion, kind } = manifest.object;
    const { since, instead } =
      removedIn(apiVersion, kind, minorOf(systemFacts(settings).cluster.kubernetes)) ?? {};
    const message = `${apiVersion} ${kind} is gone since 1.${since}; use ${instead}`;
    if (since) yield { manifest, path: ['apiVersion'], message };
  }
});

export const deprecatedApi = rule('deprecated-api', function* ({ tree }) {
  for (const manifest of tree.manifests) {
    const { apiVersion, kind, metadata } = manifest.object;
    const instead = deprecatedFor(apiVersion, kind);
    if (instead)
      yield { manifest, path: ['apiVersion'], message: `${apiVersion} ${kind} is deprecated; use ${instead}` };
    const path = ['metadata', 'annotations', 'kubernetes.io/ingress.class'];
    if (kind === 'Ingress' && metadata.annotations?.['kubernetes.io/ingress.class'] !== undefined)
      yield { manifest, path, message: 'the annotation is deprecated; use spec.ingressClassName' };
  }
});
