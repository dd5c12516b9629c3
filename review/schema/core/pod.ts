import { dnsLabel, subdomain } from '../names';
import { container, initContainer } from './container';
import { annotations, labels } from './labels';
import { placement } from './placement';
import { readinessGates } from './probe';
import { atLeast, each, form, needed, type Path, type Say, unique } from './say';
import { podSecurityContext } from './security-context';
import { volumes } from './volumes';

/** A pod's metadata and spec, wherever they stand. */
export function template(
  of: any,
  at: Path,
  say: Say,
  restarts: readonly string[],
  claims: readonly string[] = [],
): void {
  labels(of?.metadata?.labels, [...at, 'metadata', 'labels'], say);
  annotations(of?.metadata?.annotations, [...at, 'metadata', 'annotations'], say);
  podSpec(of?.spec ?? {}, [...at, 'spec'], say, restarts, claims);
}

/**
 * @param restarts what restartPolicy may be; Kubernetes fills in Always
 * @param claims names of volumes that a StatefulSet adds, one for each of its claim templates
 */
export function podSpec(
  spec: any,
  at: Path,
  say: Say,
  restarts: readonly string[],
  claims: readonly string[] = [],
): void {
  if (!restarts.includes(spec.restartPolicy || 'Always'))
    say([...at, 'restartPolicy'], `is ${spec.restartPolicy || 'Always'}, must be ${restarts.join(' or ')}`);
  if (!spec.containers?.length) say([...at, 'containers'], 'is required');
  const grace = spec.terminationGracePeriodSeconds ?? 30;
  atLeast(0, spec, ['terminationGracePeriodSeconds'], at, say);
  atLeast(1, spec, ['activeDeadlineSeconds'], at, say);
  const [init, rest] = ['initContainers', 'containers'].map((list) => each(spec, list, at));
  const names = [...(init ?? []), ...(rest ?? [])].map(([{ name }, path]) => [name, [...path, 'name']] as const);
  unique(
    names.filter(([name]) => name),
    'name',
    say,
  );
  const around = {
    volumes: new Set<string>([...(spec.volumes ?? []).map(({ name }: any) => name), ...claims]),
    grace,
    hostNetwork: spec.hostNetwork === true,
  };
  for (const [each, path] of init ?? []) initContainer(each, path, say, around);
  for (const [each, path] of rest ?? []) container(each, path, say, around);
  volumes(spec, at, say);
  placement(spec, at, say);
  podSecurityContext(spec.securityContext, [...at, 'securityContext'], say);
  readinessGates(spec, at, say);
  for (const field of ['serviceAccountName', 'priorityClassName', 'nodeName', 'runtimeClassName'])
    form(spec[field], [...at, field], say, subdomain);
  for (const field of ['hostname', 'subdomain']) form(spec[field], [...at, field], say, dnsLabel);
  if (spec.hostPID && spec.shareProcessNamespace)
    say([...at, 'shareProcessNamespace'], 'cannot be set together with hostPID');
  if (spec.dnsPolicy === 'None')
    needed(spec.dnsConfig?.nameservers?.[0], [...at, 'dnsConfig', 'nameservers'], say);
}
