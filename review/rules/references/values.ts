import { external } from '../../externals';
import { containersOf, type PodTemplate, podsOf } from '../../pods';
import type { Rule } from '../../rule';
import { findSecret } from '../../secrets';
import type { Manifest, Tree } from '../../tree';

/** Something a pod reads: of which name, which keys, and where it says so. */
interface Use {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
  readonly keys: readonly string[];
  readonly path: readonly (string | number)[];
}

/** Every ConfigMap and Secret without which the pod does not start. */
function* usesOf(pod: PodTemplate): Generator<Use> {
  for (const { path, container } of containersOf(pod)) {
    for (const [i, each] of (container.env ?? []).entries())
      for (const [field, kind] of [
        ['configMapKeyRef', 'ConfigMap'],
        ['secretKeyRef', 'Secret'],
      ] as const) {
        const ref = each?.valueFrom?.[field];
        if (ref?.name && !ref.optional)
          yield { kind, name: ref.name, keys: [ref.key], path: [...path, 'env', i, 'valueFrom', field] };
      }
    for (const [i, each] of (container.envFrom ?? []).entries())
      for (const [field, kind] of [
        ['configMapRef', 'ConfigMap'],
        ['secretRef', 'Secret'],
      ] as const)
        if (each?.[field]?.name && !each[field].optional)
          yield { kind, name: each[field].name, keys: [], path: [...path, 'envFrom', i, field] };
  }
  const at = [...pod.path, 'spec'];
  for (const [i, volume] of (pod.spec.volumes ?? []).entries()) {
    yield* ofVolume(volume, [...at, 'volumes', i]);
    for (const [j, source] of (volume?.projected?.sources ?? []).entries())
      yield* ofVolume(source, [...at, 'volumes', i, 'projected', 'sources', j]);
  }
  for (const [i, { name }] of (pod.spec.imagePullSecrets ?? []).entries())
    if (name) yield { kind: 'Secret', name, keys: [], path: [...at, 'imagePullSecrets', i] };
}

function* ofVolume(source: any, path: (string | number)[]): Generator<Use> {
  for (const [field, kind] of [
    ['configMap', 'ConfigMap'],
    ['secret', 'Secret'],
  ] as const) {
    const ref = source?.[field];
    const name = ref?.name ?? ref?.secretName;
    if (name && !ref.optional)
      yield { kind, name, keys: (ref.items ?? []).map(({ key }: any) => key), path: [...path, field] };
  }
}

export const configMapExists: Rule = {
  id: 'config-map-exists',
  level: 'critical',
  title: 'A ConfigMap that a pod reads exists, with the key.',
  why: 'The pod waits in `CreateContainerConfigError` or `ContainerCreating` until somebody makes it.',
  fix: 'Create the ConfigMap in the same namespace, or correct its name or key; mark it `optional` when the pod can do without.',
  covers: [],
  *check({ tree }) {
    for (const pod of podsOf(tree)) {
      const { namespace } = pod.owner.object.metadata;
      for (const { kind, name, keys, path } of usesOf(pod)) {
        if (kind !== 'ConfigMap' || external(kind, namespace, name)) continue;
        const found = tree.find(kind, namespace, name)?.object;
        const missing = keys.filter((key) => !(key in { ...found?.data, ...found?.binaryData }));
        if (!found) yield { manifest: pod.owner, path, message: `ConfigMap ${name} does not exist` };
        else if (missing.length > 0)
          yield { manifest: pod.owner, path, message: `ConfigMap ${name} has no key ${missing.join(', ')}` };
      }
    }
  },
};

export const secretExists: Rule = {
  id: 'secret-exists',
  level: 'critical',
  title: 'A Secret that is read is made by something, with the key.',
  why: 'The pod waits in `CreateContainerConfigError` until the Secret is there; an analysis without its token fails every canary.',
  fix: 'Write an ExternalSecret that makes it in the same namespace, or correct the name or key.',
  covers: [],
  *check({ tree }) {
    for (const pod of podsOf(tree))
      for (const { kind, name, keys, path } of usesOf(pod))
        if (kind === 'Secret') {
          const message = judge(tree, pod.owner, name, keys);
          if (message) yield { manifest: pod.owner, path, message };
        }
    for (const manifest of tree.ofKind('AnalysisTemplate', 'TriggerAuthentication', 'Ingress', 'ServiceAccount'))
      for (const [path, name, keys] of readBy(manifest)) {
        const message = judge(tree, manifest, name, keys);
        if (message) yield { manifest, path, message };
      }
  },
};

function judge(tree: Tree, { object }: Manifest, name: string, keys: readonly string[]): string | undefined {
  const secret = findSecret(tree, object.metadata.namespace, name);
  if (!secret) return `nothing makes Secret ${name}`;
  const missing = keys.filter((key) => secret.keys && !secret.keys.has(key));
  return missing.length > 0 ? `Secret ${name} has no key ${missing.join(', ')}` : undefined;
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
