import { dataKey, dnsLabel, port, portName, subdomain, variableName } from '../names';
import { probes } from './probe';
import { resources } from './resources';
import { each, exactlyOne, form, needed, type Path, type Say, set, unique } from './say';
import { securityContext } from './security-context';

/** What a container takes from its pod. */
export interface Around {
  readonly volumes: ReadonlySet<string>;
  /** terminationGracePeriodSeconds */
  readonly grace: number;
  readonly hostNetwork: boolean;
}

const fields =
  /^(metadata\.(name|namespace|uid)|metadata\.(labels|annotations)\['[^']+'\]|spec\.(nodeName|serviceAccountName)|status\.(hostIP|hostIPs|podIP|podIPs))$/;
const resourceFields = /^(limits|requests)\.(cpu|memory|ephemeral-storage|hugepages-.+)$/;

export function container(of: any, at: Path, say: Say, around: Around): void {
  form(of.name, [...at, 'name'], say, dnsLabel, 'needed');
  needed(of.image, [...at, 'image'], say);
  if (/^\s|\s$/.test(of.image ?? '')) say([...at, 'image'], 'has white space around it');
  environment(of, at, say);
  ports(of, at, say, around.hostNetwork);
  mounts(of, at, say, around.volumes);
  probes(of, around.grace, at, say);
  resources(of.resources, [...at, 'resources'], say);
  securityContext(of.securityContext, [...at, 'securityContext'], say);
}

/** What runs before the others. */
export function initContainer(of: any, at: Path, say: Say, around: Around): void {
  container(of, at, say, around);
  if (of.restartPolicy === 'Always') return;
  for (const field of set(of, ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe']))
    say([...at, field], 'can only be set for a sidecar, restartPolicy: Always');
}

function environment(of: any, at: Path, say: Say): void {
  for (const [variable, path] of each(of, 'env', at)) {
    form(variable.name, [...path, 'name'], say, variableName, 'needed');
    if (!variable.valueFrom) continue;
    const from = [...path, 'valueFrom'];
    if (variable.value) say(from, 'cannot be set together with value');
    const sources = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', 'fileKeyRef'];
    const source = exactlyOne(variable.valueFrom, sources, from, say);
    const [ref, where] = [variable.valueFrom[source ?? ''] ?? {}, [...from, source ?? '']];
    if (source === 'fieldRef') {
      needed(ref.fieldPath, [...where, 'fieldPath'], say);
      if (ref.fieldPath && !fields.test(ref.fieldPath))
        say([...where, 'fieldPath'], `${ref.fieldPath} is not a field that a variable can be made of`);
      if (ref.apiVersion && ref.apiVersion !== 'v1')
        say([...where, 'apiVersion'], `is ${ref.apiVersion}, must be v1`);
    } else if (source === 'resourceFieldRef') {
      needed(ref.resource, [...where, 'resource'], say);
      if (ref.resource && !resourceFields.test(ref.resource))
        say([...where, 'resource'], `${ref.resource} is not a resource of a container`);
    } else if (source && /KeyRef$/.test(source)) keyOf(ref, where, say);
  }
  for (const [source, path] of each(of, 'envFrom', at)) {
    const kind = exactlyOne(source, ['configMapRef', 'secretRef'], path, say);
    if (kind) needed(source[kind].name, [...path, kind, 'name'], say);
    form(source.prefix, [...path, 'prefix'], say, variableName);
  }
}

function keyOf(ref: any, at: Path, say: Say): void {
  form(ref.name, [...at, 'name'], say, subdomain, 'needed');
  form(ref.key, [...at, 'key'], say, dataKey, 'needed');
}

function ports(of: any, at: Path, say: Say, hostNetwork: boolean): void {
  const all = each(of, 'ports', at);
  unique(
    all.flatMap(([{ name }, path]) => (name ? [[name, [...path, 'name']] as const] : [])),
    'name',
    say,
  );
  for (const [each, path] of all) {
    form(each.name, [...path, 'name'], say, portName);
    const number = port(each.containerPort ?? 0);
    if (number) say([...path, 'containerPort'], `${each.containerPort ?? 0} ${number}`);
    const host = each.hostPort ? port(each.hostPort) : undefined;
    if (host) say([...path, 'hostPort'], `${each.hostPort} ${host}`);
    if (hostNetwork && each.hostPort && each.hostPort !== each.containerPort)
      say(
        [...path, 'hostPort'],
        `is ${each.hostPort}, with hostNetwork it must be containerPort, ${each.containerPort}`,
      );
  }
}

function mounts(of: any, at: Path, say: Say, volumes: ReadonlySet<string>): void {
  const all = each(of, 'volumeMounts', at);
  unique(
    all.flatMap(([{ mountPath }, path]) => (mountPath ? [[mountPath, [...path, 'mountPath']] as const] : [])),
    'path',
    say,
  );
  for (const [mount, path] of all) {
    needed(mount.mountPath, [...path, 'mountPath'], say);
    if (!mount.name) say([...path, 'name'], 'is required');
    else if (!volumes.has(mount.name)) say([...path, 'name'], `${mount.name} is not a volume of the pod`);
    if (mount.subPath && mount.subPathExpr) say([...path, 'subPathExpr'], 'cannot be set together with subPath');
    for (const field of set(mount, ['subPath', 'subPathExpr'])) inside(mount[field], [...path, field], say);
    if (mount.mountPropagation === 'Bidirectional' && !of.securityContext?.privileged)
      say([...path, 'mountPropagation'], 'can be Bidirectional in a privileged container only');
  }
}

/** A path that stays below where it starts. */
export function inside(path: string, at: Path, say: Say): void {
  if (path.startsWith('/')) say(at, `${path} must be relative`);
  if (path.split('/').includes('..')) say(at, `${path} must not hold '..'`);
}
