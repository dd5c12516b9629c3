import { folderOf } from '../../model/identity';
import { rule } from '../../rule-of';

export const shrunk = rule('shrunk', function* ({ around }) {
  if (!around?.before) return;
  const [before, after] = [count(around.before), count([...around.texts.keys()])];
  for (const [folder, had] of before) {
    const has = after.get(folder) ?? 0;
    if (has * 2 >= had) continue;
    const id = `shrunk:${folder}`;
    const known = around.acknowledged.find((each) => each.id === id && !(each.until && each.until < around.today));
    if (!known)
      yield {
        file: folder,
        message: `has ${has} objects, had ${had} at the merge-base; acknowledge ${id} if that is wanted`,
      };
  }
});

function count(files: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const file of files) {
    if (!/^(dist|argocd)\/.*\.yaml$/.test(file)) continue;
    const folder = folderOf(file);
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return counts;
}
