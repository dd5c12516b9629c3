import { madeOf, type Use, usesOf } from '../../model/configuration';
import { type PodTemplate, podsOf } from '../../model/pods';
import type { Manifest, Steps, Tree } from '../../model/tree';
import { ofPods, ofTree, type Said } from '../../rule-of';

export const configMapExists = ofPods('config-map-exists', (pod, tree) => lacking(pod, tree, 'ConfigMap'));

export const secretExists = ofTree('secret-exists', function* ({ tree }) {
  for (const pod of podsOf(tree))
    for (const [message, ...path] of lacking(pod, tree, 'Secret'))
      yield { manifest: pod.owner, path: [...pod.path, ...path], message };
  for (const [manifest, name, keys, path] of otherUses(tree)) {
    const message = name && missing(tree, manifest, 'Secret', name, keys);
    if (message) yield { manifest, path, message };
  }
});

function* lacking(pod: PodTemplate, tree: Tree, of: Use['kind']): Generator<Said> {
  for (const { kind, name, keys, optional, path } of usesOf(pod)) {
    const message = kind === of && !optional && missing(tree, pod.owner, kind, name, keys);
    if (message) yield [message, ...path.slice(pod.path.length)];
  }
}

function missing(
  tree: Tree,
  { object }: Manifest,
  kind: Use['kind'],
  name: string,
  keys: readonly string[],
): string | undefined {
  const made = madeOf(tree, kind, object.metadata.namespace, name);
  if (!made) return `names ${kind} ${name}, which ${kind === 'Secret' ? 'nothing makes' : 'does not exist'}`;
  const absent = keys.filter((key) => made.keys && !made.keys.has(key));
  return absent.length > 0 ? `names ${absent.join(', ')}, which ${kind} ${name} does not have` : undefined;
}

/** Secrets that something else than a pod reads. */
function* otherUses(tree: Tree): Generator<[Manifest, string | undefined, string[], Steps]> {
  for (const manifest of tree.ofKind('AnalysisTemplate')) {
    const { args = [], metrics = [] } = manifest.object.spec ?? {};
    for (const [i, { valueFrom }] of args.entries()) {
      const { name, key = '' } = valueFrom?.secretKeyRef ?? {};
      yield [manifest, name, [key], ['spec', 'args', i, 'valueFrom', 'secretKeyRef']];
    }
    // Without `namespaced` it is the Secret of the controller's own namespace.
    for (const [i, { provider }] of metrics.entries()) {
      const { namespaced, name } = provider?.datadog?.secretRef ?? {};
      const path = ['spec', 'metrics', i, 'provider', 'datadog', 'secretRef'];
      if (namespaced) yield [manifest, name, ['address', 'api-key', 'app-key'], path];
    }
  }
  for (const manifest of tree.ofKind('TriggerAuthentication'))
    for (const [i, { name, key }] of (manifest.object.spec?.secretTargetRef ?? []).entries())
      yield [manifest, name, key ? [key] : [], ['spec', 'secretTargetRef', i]];
  for (const manifest of tree.ofKind('Ingress'))
    for (const [i, { secretName }] of (manifest.object.spec?.tls ?? []).entries())
      yield [manifest, secretName, [], ['spec', 'tls', i, 'secretName']];
  for (const manifest of tree.ofKind('ServiceAccount'))
    for (const [i, { name }] of (manifest.object.imagePullSecrets ?? []).entries())
      yield [manifest, name, [], ['imagePullSecrets', i]];
}
