import { minorOf } from '../../model/identity';
import { deprecatedFor, removedIn } from '../../model/old-apis';
import type { Rule } from '../../rule';

export const removedApi: Rule = {
  id: 'removed-api',
  level: 'critical',
  title: 'Every object uses an API version that the cluster’s Kubernetes serves.',
  why: 'The API server knows no such kind: the sync fails, and what was deployed before stays as it was.',
  fix: 'Write the version that the message names, and look up what became of the fields.',
  *check({ tree, settings }) {
    for (const manifest of tree.manifests) {
      const { apiVersion, kind } = manifest.object;
      const { since, instead } = removedIn(apiVersion, kind, minorOf(settings.cluster.kubernetes)) ?? {};
      const message = `${apiVersion} ${kind} is gone since 1.${since}; use ${instead}`;
      if (since) yield { manifest, path: ['apiVersion'], message };
    }
  },
};

export const deprecatedApi: Rule = {
  id: 'deprecated-api',
  level: 'warn',
  title: 'No object uses an API version that will be removed soon.',
  why: 'The next upgrade of the cluster or of an add-on would not know it any more.',
  fix: 'Write the version that the message names.',
  *check({ tree }) {
    for (const manifest of tree.manifests) {
      const { apiVersion, kind, metadata } = manifest.object;
      const instead = deprecatedFor(apiVersion, kind);
      if (instead)
        yield { manifest, path: ['apiVersion'], message: `${apiVersion} ${kind} is deprecated; use ${instead}` };
      const path = ['metadata', 'annotations', 'kubernetes.io/ingress.class'];
      if (kind === 'Ingress' && metadata.annotations?.['kubernetes.io/ingress.class'] !== undefined)
        yield { manifest, path, message: 'the annotation is deprecated; use spec.ingressClassName' };
    }
  },
};
