import { madeOf, type Use, usesOf } from '../../model/configuration';
import { podsOf } from '../../model/pods';
import type { Manifest, Tree } from '../../model/tree';
import type { Rule } from '../../rule';

export const configMapExists: Rule = {
  id: 'config-map-exists',
  level: 'critical',
  title: 'A ConfigMap that a pod reads exists, with the key.',
  why: 'The pod waits in `CreateContainerConfigError` or `ContainerCreating` until somebody makes it.',
  fix: 'Create the ConfigMap in the same namespace, or correct its name or key; mark it `optional` when the pod can do without.',
  *check({ tree }) {
    for (const pod of podsOf(tree))
      for (const { kind, name, keys, optional, path } of usesOf(pod)) {
        const message = kind === 'ConfigMap' && !optional && judge(tree, pod.owner, kind, name, keys);
        if (message) yield { manifest: pod.owner, path, message };
      }
  },
};

export const secretExists: Rule = {
  id: 'secret-exists',
  level: 'critical',
  title: 'A Secret that is read is made by something, with the key.',
  why: 'The pod waits in `CreateContainerConfigError` until the Secret is there; an analysis without its token fails every canary.',
  fix: 'Write an ExternalSecret that makes it in the same namespace, or correct the name or key.',
  *check({ tree }) {
    for (const pod of podsOf(tree))
      for (const { kind, name, keys, optional, path } of usesOf(pod)) {
        const message = kind === 'Secret' && !optional && judge(tree, pod.owner, kind, name, keys);
        if (message) yield { manifest: pod.owner, path, message };
      }
    for (const manifest of tree.ofKind('AnalysisTemplate', 'TriggerAuthentication', 'Ingress', 'ServiceAccount'))
      for (const [path, name, keys] of readBy(manifest)) {
        const message = judge(tree, manifest, 'Secret', name, keys);
        if (message) yield { manifest, path, message };
      }
  },
};

function judge(
  tree: Tree,
  { object }: Manifest,
  kind: Use['kind'],
  name: string,
  keys: readonly string[],
): string | undefined {
  const made = madeOf(tree, kind, object.metadata.namespace, name);
  if (!made) return kind === 'Secret' ? `nothing makes Secret ${name}` : `ConfigMap ${name} does not exist`;
  const missing = keys.filter((key) => made.keys && !made.keys.has(key));
  return missing.length > 0 ? `${kind} ${name} has no key ${missing.join(', ')}` : undefined;
}

function* readBy({
  object: { kind, spec, imagePullSecrets = [] },
}: Manifest): Generator<[(string | number)[], string, string[]]> {
  if (kind === 'AnalysisTemplate') {
    for (const [i, { valueFrom }] of (spec?.args ?? []).entries())
      if (valueFrom?.secretKeyRef)
        yield [
          ['spec', 'args', i, 'valueFrom', 'secretKeyRef'],
          valueFrom.secretKeyRef.name,
          [valueFrom.secretKeyRef.key],
        ];
    // Without `namespaced` it is the Secret of the controller's own namespace.
    for (const [i, { provider }] of (spec?.metrics ?? []).entries())
      if (provider?.datadog?.secretRef?.namespaced)
        yield [
          ['spec', 'metrics', i, 'provider', 'datadog', 'secretRef'],
          provider.datadog.secretRef.name,
          ['address', 'api-key', 'app-key'],
        ];
  }
  for (const [i, { name, key }] of (spec?.secretTargetRef ?? []).entries())
    yield [['spec', 'secretTargetRef', i], name, key ? [key] : []];
  if (kind === 'Ingress')
    for (const [i, { secretName }] of (spec?.tls ?? []).entries())
      if (secretName) yield [['spec', 'tls', i, 'secretName'], secretName, []];
  for (const [i, { name }] of imagePullSecrets.entries()) if (name) yield [['imagePullSecrets', i], name, []];
}
