import { applicationsOf } from '../../model/applications';
import { optionsKey, syncOptions } from '../../model/sync-options';
import { ofKinds } from '../../rule-of';

const kinds = ['PersistentVolumeClaim', 'PersistentVolume', 'CustomResourceDefinition', 'Namespace'] as const;

export const pruneProtected = ofKinds('prune-protected', kinds, function* (object, manifest, tree) {
  const prunes = applicationsOf(tree, manifest).some(
    ({ object: { spec, metadata } }) => spec?.syncPolicy?.automated?.prune || metadata.finalizers,
  );
  const set = syncOptions(object);
  const missing = ['Prune', 'Delete'].filter((each) => !set.has(`${each}=false`) && !set.has(`${each}=confirm`));
  if (prunes && missing.length > 0)
    yield [
      `is deleted with its file: no ${missing.map((each) => `${each}=false`).join(', no ')}`,
      ...['metadata', 'annotations', optionsKey],
    ];
});
