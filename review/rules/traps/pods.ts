import { type Container, containersOf, matches, type PodTemplate, podsOf } from '../../model/pods';
import { selectPods } from '../../model/selection';
import type { Manifest, Tree } from '../../model/tree';
import type { Rule } from '../../rule';
import { enforcedLevel } from '../security/level';

export const hostPathRefused: Rule = {
  id: 'host-path-refused',
  level: 'critical',
  title: 'No pod mounts a path of its node in a namespace that forbids it.',
  why: 'Admission refuses the pod: the workload shows no replicas. The usual reason is a socket of the Datadog agent.',
  fix: 'Reach the agent by TCP and UDP through its node-local Service; for anything else use a volume that the namespace allows.',
  *check({ tree }) {
    for (const { owner, path, spec } of podsOf(tree)) {
      const level = enforcedLevel(tree, owner);
      if (level !== 'restricted' && level !== 'baseline') continue;
      for (const [i, volume] of (spec.volumes ?? []).entries())
        if (volume?.hostPath)
          yield {
            manifest: owner,
            path: [...path, 'spec', 'volumes', i, 'hostPath'],
            message: `${volume.hostPath.path} is refused: namespace ${owner.object.metadata.namespace} enforces ${level}`,
          };
    }
  },
};

const migrates = /\bdb:(migrate|prepare|setup|schema:load|structure:load|rollback|seed)\b/;
const local = /^(127\.0\.0\.1|localhost|\[::1\])$/;

export const migrationThroughPool: Rule = {
  id: 'migration-through-pool',
  level: 'critical',
  title: 'A migration connects to the database itself, not through PgBouncer.',
  why: 'Rails guards a migration by a session-level advisory lock. In transaction pooling the lock is on one server connection and the unlock on another: two migrations run at once, and the lock stays.',
  fix: 'Give the Job the address of the database in DATABASE_URL.',
  *check({ tree }) {
    for (const pod of podsOf(tree))
      for (const { container, path } of containersOf(pod)) {
        const words = [...(container.command ?? []), ...(container.args ?? [])].join(' ');
        if (!migrates.test(words)) continue;
        for (const [i, { name, value }] of (container.env ?? []).entries()) {
          if (!/DATABASE_URL|^(PG|DB_)HOST$/.test(name) || typeof value !== 'string') continue;
          const pool = poolOf(tree, pod, value);
          if (pool)
            yield { manifest: pod.owner, path: [...path, 'env', i, 'value'], message: `goes through ${pool}` };
        }
      }
  },
};

/** The PgBouncer that an address or URL leads to. */
function poolOf(tree: Tree, pod: PodTemplate, value: string): string | undefined {
  const [, host = '', port] = /^\w+:\/\/(?:[^@/]*@)?(\[[^\]]+\]|[^:/?]+)(?::(\d+))?/.exec(value) ?? [
    undefined,
    value,
    undefined,
  ];
  if (local.test(host)) {
    const sidecar = containersOf(pod).find(({ container }) => isPool(container));
    return sidecar && `container ${sidecar.container.name} of its own pod`;
  }
  if (port === '6432') return `port 6432 of ${host}, PgBouncer's`;
  const [name = '', namespace = pod.owner.object.metadata.namespace] = host.split('.');
  const service = tree.find('Service', namespace, name)?.object;
  const behind = service && selectPods(tree, namespace, { matchLabels: service.spec?.selector ?? {} });
  return behind?.some(({ spec }) => spec.containers?.some(isPool))
    ? `Service ${name}, which is PgBouncer's`
    : undefined;
}

function isPool({ image, name }: any): boolean {
  return /pgbouncer|pgcat|odyssey/.test(`${name} ${image}`);
}

export const configRestart: Rule = {
  id: 'config-restart',
  level: 'high',
  title: 'What a pod reads as environment restarts it when it changes.',
  why: 'Environment variables and `subPath` files are read once. The new value is in git and in the cluster, and the program goes on with the old one until something else restarts it, months later.',
  fix: 'Put a hash of the content into the name, a checksum into an annotation of the pod template, or an annotation of Reloader on the workload.',
  *check({ tree }) {
    for (const pod of podsOf(tree)) {
      // A Job's pods are made anew each time.
      if (/^(Job|CronJob|Pod)$/.test(pod.owner.object.kind)) continue;
      const told = new Set<string>();
      for (const each of containersOf(pod))
        for (const [kind, name, path] of readOnce(each, pod)) {
          if (told.has(`${kind} ${name}`) || restarts(tree, pod, kind, name)) continue;
          told.add(`${kind} ${name}`);
          yield { manifest: pod.owner, path, message: `a change of ${kind} ${name} restarts nothing` };
        }
    }
  },
};

/** ConfigMaps and Secrets in the environment of a container, or mounted as single files. */
function* readOnce(
  { container, path }: Container,
  { spec }: PodTemplate,
): Generator<[string, string, (string | number)[]]> {
  for (const [i, { valueFrom }] of (container.env ?? []).entries()) {
    const at = [...path, 'env', i, 'valueFrom'];
    if (valueFrom?.configMapKeyRef) yield ['ConfigMap', valueFrom.configMapKeyRef.name, at];
    if (valueFrom?.secretKeyRef) yield ['Secret', valueFrom.secretKeyRef.name, at];
  }
  for (const [i, { configMapRef, secretRef }] of (container.envFrom ?? []).entries()) {
    if (configMapRef) yield ['ConfigMap', configMapRef.name, [...path, 'envFrom', i]];
    if (secretRef) yield ['Secret', secretRef.name, [...path, 'envFrom', i]];
  }
  for (const [i, { name, subPath, subPathExpr }] of (container.volumeMounts ?? []).entries()) {
    if (!subPath && !subPathExpr) continue;
    const volume = (spec.volumes ?? []).find((each: any) => each?.name === name);
    if (volume?.configMap) yield ['ConfigMap', volume.configMap.name, [...path, 'volumeMounts', i]];
    if (volume?.secret) yield ['Secret', volume.secret.secretName, [...path, 'volumeMounts', i]];
  }
}

const reloader = ['reloader.stakater.com', 'configmap.reloader.stakater.com', 'secret.reloader.stakater.com'];

function restarts(tree: Tree, { owner, annotations }: PodTemplate, kind: string, name: string): boolean {
  if (/-[0-9a-f]{8,64}$|-[bcdfghjklmnpqrstvwxz2456789]{10}$/.test(name)) return true;
  // A checksum is of what the chart renders: a Secret that a store fills is not in it.
  if (kind === 'ConfigMap' && Object.keys(annotations).some((key) => /checksum|config-?hash/i.test(key)))
    return true;
  const { namespace } = owner.object.metadata;
  const object = tree.find(kind, namespace, name);
  if (object?.object.immutable === true) return true;
  return [owner.object.metadata.annotations ?? {}, annotations].some((each) => reloads(each, kind, name, object));
}

function reloads(
  annotations: Readonly<Record<string, string>>,
  kind: string,
  name: string,
  object: Manifest | undefined,
): boolean {
  const [all, configMap, secret] = reloader;
  const own = kind === 'ConfigMap' ? configMap : secret;
  const listed = annotations[`${own}/reload`]?.split(',').map((each) => each.trim());
  const search = annotations[`${all}/search`] === 'true';
  return (
    annotations[`${all}/auto`] === 'true' ||
    annotations[`${own}/auto`] === 'true' ||
    listed?.includes(name) === true ||
    (search && matches({ [`${all}/match`]: 'true' }, object?.object.metadata.annotations ?? {}))
  );
}
