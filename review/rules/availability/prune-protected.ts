import { applicationsOf } from '../../model/applications';
import { optionsKey, syncOptions } from '../../model/sync-options';
import { ofKinds } from '../../rule';

export const pruneProtected = ofKinds(
  ['PersistentVolumeClaim', 'PersistentVolume', 'CustomResourceDefinition', 'Namespace'],
  {
    id: 'prune-protected',
    level: 'critical',
    title: 'Argo CD never deletes what holds data: claims, volumes, definitions, namespaces.',
    why: 'A file that is renamed or lost in a merge would be a deleted volume five seconds later; a deleted definition takes every object of its kind along.',
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
