import { reloads, usesOf } from '../../model/configuration';
import { withoutHash } from '../../model/identity';
import { isJob, type PodTemplate } from '../../model/pods';
import type { Tree } from '../../model/tree';
import { ofPods } from '../../rule-of';

export const configRestart = ofPods('config-restart', function* (pod, tree) {
  // A Job's pods are made anew each time.
  if (isJob(pod.owner) || pod.owner.object.kind === 'Pod') return;
  const told = new Set<string>();
  for (const { kind, name, by, path } of usesOf(pod)) {
    if (by !== 'start' || told.has(`${kind} ${name}`) || restarts(tree, pod, kind, name)) continue;
    told.add(`${kind} ${name}`);
    yield [`a change of ${kind} ${name} restarts nothing`, ...path.slice(pod.path.length)];
  }
});

function restarts(tree: Tree, pod: PodTemplate, kind: 'ConfigMap' | 'Secret', name: string): boolean {
  // A checksum is of what the chart renders: a Secret that a store fills is not in it.
  const summed = Object.keys(pod.annotations).some((key) => /checksum|config-?hash/i.test(key));
  return (
    withoutHash(name) !== undefined ||
    (kind === 'ConfigMap' && summed) ||
    tree.find(kind, pod.owner.object.metadata.namespace, name)?.object.immutable === true ||
    reloads(tree, pod, kind, name)
  );
}
