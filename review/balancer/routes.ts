import type { Kinds } from '../model/kinds';
import type { Objects } from '../model/objects';
import { listOf } from '../model/pods';
import { fieldAt, type Manifest, type Steps } from '../model/tree';
import { type Annotations, prefix, read } from './annotations';
import { type Group, groupsOf, type IngressSpec, type Member, portsOf, redirects } from './groups';

/** Where an Ingress sends: a port of a Service, or what an annotation says. */
export interface Backend {
  /** Where the backend stands in the Ingress. */
  readonly path: Steps;
  readonly service?: {
    readonly name?: string;
    readonly port?: { readonly name?: string; readonly number?: number };
  };
  readonly host?: string;
  readonly pattern?: string;
  readonly pathType?: string;
}

/** Every backend of an Ingress' spec, in the order in which it is written. */
export function backendsOf(spec: IngressSpec | undefined): Backend[] {
  const paths = (spec?.rules ?? []).flatMap(({ host, http }, i) =>
    (http?.paths ?? []).map(({ path, pathType, backend }, j) => ({
      ...backend,
      path: ['spec', 'rules', i, 'http', 'paths', j, 'backend'],
      host,
      pattern: path,
      pathType,
    })),
  );
  return spec?.defaultBackend ? [{ ...spec.defaultBackend, path: ['spec', 'defaultBackend'] }, ...paths] : paths;
}

/** Hosts and paths that were answered, and are by no path any more: `example.org/*`. */
export function unanswered(before: IngressSpec | undefined, after: IngressSpec | undefined): string[] {
  const answered = (spec: IngressSpec | undefined) =>
    backendsOf(spec).flatMap((backend) =>
      patternsOf(backend).map((pattern) => ({ host: (backend.host ?? '*').toLowerCase(), pattern })),
    );
  const now = answered(after);
  const lost = answered(before).flatMap(({ host, pattern }) =>
    now.some((each) => matches(each.host, host) && matches(each.pattern, pattern)) ? [] : [`${host}${pattern}`],
  );
  // What lies below it says it too.
  return lost.filter((each) => !lost.includes(`${each}/*`));
}

/** A port of a Service to which requests go, and where an Ingress says so. */
export interface Target {
  readonly path: Steps;
  readonly service: string;
  readonly port: string | number | undefined;
}

/** The Services behind a backend, through an action or not. */
export function targetsOf(annotations: Annotations, { service, path }: Backend): Target[] {
  if (!service?.name) return [];
  const { name, port = {} } = service;
  if (port.name !== 'use-annotation')
    return [{ path: [...path, 'service', 'name'], service: name, port: port.name ?? port.number }];
  const at = ['metadata', 'annotations', `${prefix}actions.${name}`];
  return forwardedTo(annotations, name).flatMap(({ serviceName, servicePort }) =>
    serviceName ? [{ path: at, service: String(serviceName), port: servicePort }] : [],
  );
}

interface Forward {
  readonly serviceName?: string;
  readonly servicePort?: string | number;
  readonly weight?: number;
}

/** The target groups that an action of this name forwards to. */
export function forwardedTo(annotations: Annotations, name: string): readonly Forward[] {
  return listOf(fieldAt(read(annotations, `actions.${name}`), ['forwardConfig', 'targetGroups']));
}

/** Every Service to which an Ingress sends. */
export function servicesOf(objects: Objects, { metadata, spec }: Kinds['Ingress']): Manifest<'Service'>[] {
  const targets = backendsOf(spec).flatMap((each) => targetsOf(metadata.annotations ?? {}, each));
  const names = new Set(targets.map(({ service }) => service));
  return [...names].flatMap((name) => objects.find('Service', metadata.namespace, name) ?? []);
}

/** What the controller makes for a Service behind one Ingress. */
interface TargetGroup {
  readonly member: Member;
  readonly service: Manifest<'Service'>;
  /** Those of the Service go before those of the Ingress. */
  readonly annotations: Annotations;
}

export function targetGroupsOf(objects: Objects): TargetGroup[] {
  return groupsOf(objects).flatMap(({ members }) =>
    members.flatMap((member) =>
      (member.manifest.object.kind === 'Ingress'
        ? servicesOf(objects, member.manifest.object as Kinds['Ingress'])
        : []
      ).map((service) => ({
        member,
        service,
        annotations: { ...member.annotations, ...service.object.metadata.annotations },
      })),
    ),
  );
}

/** A rule of a listener. */
interface Claim {
  readonly member: Member;
  readonly backend: Backend;
  readonly host: string;
  readonly patterns: readonly string[];
  readonly ports: readonly number[];
  /** Whether it takes every request of its host and path, and keeps it. */
  readonly takes: boolean;
}

/** A rule that never gets a request, and the one before it that takes them. */
interface Hidden {
  readonly claim: Claim;
  readonly by: Claim;
}

/** Rules in the order in which the listener asks them; what an earlier one takes, a later one never sees. */
export function* hiddenIn(group: Group): Generator<Hidden> {
  const claims = group.members.flatMap((member) => claimsOf(group, member));
  for (const [i, claim] of claims.entries()) {
    const by = claims.slice(0, i).find((each) => each.takes && covers(each, claim));
    if (by) yield { claim, by };
  }
}

function claimsOf(group: Group, member: Member): Claim[] {
  const only = redirects(group) ? 'HTTPS' : '';
  const ports = [...portsOf(member)].flatMap(([port, protocol]) => (protocol.endsWith(only) ? [port] : []));
  const rank = ({ pathType, pattern = '' }: Backend) =>
    pathType === 'Exact' ? -2000 : pathType === 'Prefix' ? -pattern.length : 1;
  // By rule, and in it: exact paths, the longest prefix, then what is left (sortIngressPaths).
  const sorted = backendsOf(member.spec)
    .filter(({ path }) => path[1] === 'rules')
    .sort((a, b) => Number(a.path[2]) - Number(b.path[2]) || rank(a) - rank(b));
  return sorted.map((backend) => {
    const name = backend.service?.name ?? '';
    const conditions = listOf(read(member.annotations, `conditions.${name}`));
    const redirect = fieldAt(read(member.annotations, `actions.${name}`), ['type']) === 'redirect';
    return {
      member,
      backend,
      host: (backend.host ?? '*').toLowerCase(),
      patterns: patternsOf(backend),
      ports,
      takes: !redirect && conditions.every(({ field }) => field === 'host-header' || field === 'path-pattern'),
    };
  });
}

/** `/foo` as a prefix is `/foo` and `/foo/*` (buildPathPatternsForPrefixPathType). */
function patternsOf({ pattern = '/*', pathType }: Backend): string[] {
  if (pathType !== 'Prefix') return [pattern];
  const base = pattern.replace(/\/$/, '');
  return base === '' ? ['/*'] : [base, `${base}/*`];
}

function covers(a: Claim, b: Claim): boolean {
  return (
    b.ports.some((port) => a.ports.includes(port)) &&
    matches(a.host, b.host) &&
    b.patterns.every((pattern) => a.patterns.some((each) => matches(each, pattern)))
  );
}

/** Whether a pattern with `*` takes all that another one does. */
function matches(pattern: string, other: string): boolean {
  const [start = '', ...rest] = pattern.split('*');
  const end = rest.at(-1);
  if (end === undefined || rest.length > 1) return pattern === other;
  return other.length >= start.length + end.length && other.startsWith(start) && other.endsWith(end);
}
