import { applicationsOf } from '../../model/applications';
import { optionsKey, syncOptions } from '../../model/sync-options';
import { ofKinds } from '../../rule';

export const pruneProtected = ofKinds(
  ['PersistentVolumeClaim', 'PersistentVolume', 'CustomResourceDefinition', 'Namespace'],
  {
    id: 'prune-protected',
    level: 'critical',
    title: 'Argo CD never deletes what holds data: claims, volumes, definitions, namespaces.',
    why: 'When a file is renamed, or lost in a merge, its volume would be deleted five seconds later. A deleted definition deletes every object of its kind.',
    fix: `Annotate it with ${optionsKey}: Prune=false,Delete=false (charts/constructs/data-volume.ts).`,
    *judge(object, manifest, tree) {
      const prunes = applicationsOf(tree, manifest).some(
        ({ object: { spec, metadata } }) => spec?.syncPolicy?.automated?.prune || metadata.finalizers,
      );
      const set = syncOptions(object);
      const missing = ['Prune', 'Delete'].filter(
        (each) => !set.has(`${each}=false`) && !set.has(`${each}=confirm`),
      );
      if (prunes && missing.length > 0)
        yield [
          `is deleted with its file: no ${missing.map((each) => `${each}=false`).join(', no ')}`,
          ...['metadata', 'annotations', optionsKey],
        ];
    },
  },
);
