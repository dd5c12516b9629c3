import { applicationsOf } from '../../model/applications';
import { deprecatedFor, removedIn } from '../../model/old-apis';
import type { Rule } from '../../rule';
import { minorOf } from '../security/level';

const options = 'argocd.argoproj.io/sync-options';

export const pruneProtected: Rule = {
  id: 'prune-protected',
  level: 'critical',
  title: 'Argo CD never deletes what holds data: claims, volumes, definitions, namespaces.',
  why: 'A file that is renamed or lost in a merge would be a deleted volume five seconds later; a deleted definition takes every object of its kind along.',
  fix: `Annotate it with ${options}: Prune=false,Delete=false (charts/constructs/data-volume.ts).`,
  *check({ tree }) {
    for (const manifest of tree.ofKind(
      'PersistentVolumeClaim',
      'PersistentVolume',
      'CustomResourceDefinition',
      'Namespace',
    )) {
      const prunes = applicationsOf(tree, manifest).some(
        ({ object }) => object.spec?.syncPolicy?.automated?.prune || (object.metadata as any).finalizers,
      );
      if (!prunes) continue;
      const set = (manifest.object.metadata.annotations?.[options] ?? '').split(',').map((each) => each.trim());
      const missing = ['Prune', 'Delete'].filter(
        (each) => !set.includes(`${each}=false`) && !set.includes(`${each}=confirm`),
      );
      if (missing.length > 0)
        yield {
          manifest,
          path: ['metadata', 'annotations', options],
          message: `is deleted with its file: no ${missing.map((each) => `${each}=false`).join(', no ')}`,
        };
    }
  },
};

export const removedApi: Rule = {
  id: 'removed-api',
  level: 'critical',
  title: 'Every object is of an API version that the target Kubernetes serves.',
  why: 'The API server knows no such kind: the sync fails, and what was deployed before stays as it was.',
  fix: 'Write the version that the message names, and look what became of the fields.',
  *check({ tree, settings }) {
    for (const manifest of tree.manifests) {
      const { apiVersion, kind } = manifest.object;
      const { since, instead } = removedIn(apiVersion, kind, minorOf(settings.cluster.kubernetes)) ?? {};
      if (since)
        yield {
          manifest,
          path: ['apiVersion'],
          message: `${apiVersion} ${kind} is gone since 1.${since}; use ${instead}`,
        };
    }
  },
};

export const deprecatedApi: Rule = {
  id: 'deprecated-api',
  level: 'warn',
  title: 'No object is of an API version that is about to go.',
  why: 'The next upgrade of the cluster or of an add-on would leave it behind.',
  fix: 'Write the version that the message names.',
  *check({ tree }) {
    for (const manifest of tree.manifests) {
      const { apiVersion, kind } = manifest.object;
      const instead = deprecatedFor(apiVersion, kind);
      if (instead)
        yield { manifest, path: ['apiVersion'], message: `${apiVersion} ${kind} is deprecated; use ${instead}` };
    }
    for (const manifest of tree.ofKind('Ingress'))
      if (manifest.object.metadata.annotations?.['kubernetes.io/ingress.class'] !== undefined)
        yield {
          manifest,
          path: ['metadata', 'annotations', 'kubernetes.io/ingress.class'],
          message: 'the annotation is deprecated; use spec.ingressClassName',
        };
  },
};
