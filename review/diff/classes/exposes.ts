import { prefix, read } from '../../balancer/annotations';
import { groupsOf, memberOf, portsOf, redirects, said } from '../../balancer/groups';
import { canonical } from '../../model/canonical';
import { type Path, touches } from '../../model/path';
import { listOf } from '../../model/pods';
import { fieldAt, type KubernetesObject, type Manifest } from '../../model/tree';
import { type Classify, type Context, type Draft, subjectOf } from '../finding';
import type { ObjectChange } from '../objects';
import type { Side } from '../sides';
import { networkPolicy } from './network-policy';
import { risk } from './risk-words';

/** One way in from outside the cluster, and the field that opens it. */
interface Door {
  readonly path: Path;
  readonly value?: unknown;
  /** What is reached; or all there is to say, when there is no `from`. */
  readonly to: string;
  /** By whom. */
  readonly from?: string;
}

const annotation = (key: string): Path => ['metadata', 'annotations', key];
const serviceScheme = 'service.beta.kubernetes.io/aws-load-balancer-scheme';
const anywhere = /(^|[^\d.])(0\.0\.0\.0\/0|::\/0)/;

export const exposes: Classify = function* (change, context) {
  const { kind } = subjectOf(change).object;
  if (kind === 'NetworkPolicy') return yield* networkPolicy(change, context);
  yield* doorsOpened(change, context);
  if (!change.after) return;
  yield* closedLess(change);
  yield* tlsRemoved(change, context);
  yield* schemeRemoved(change);
};

function* doorsOpened(change: ObjectChange, context: Context): Iterable<Draft> {
  const was = new Map(doors(change.before, context.before).map((door) => [door.to, door] as const));
  for (const { path, value, to, from } of doors(change.after, context.after)) {
    const old = was.get(to);
    if (old && reach(old.from) >= reach(from)) continue;
    yield risk(openings[change.after?.object.kind ?? ''] ?? 'door-opened', path, {
      after: value,
      says: from ? `${to} becomes reachable from ${from}` : to,
    });
  }
}

const openings: Readonly<Record<string, 'service-opened' | 'ingress-opened'>> = {
  Service: 'service-opened',
  Ingress: 'ingress-opened',
};

/** The farther, the higher. */
function reach(from: string | undefined): number {
  return from === undefined || from.startsWith('the internet') ? 2 : from.startsWith('the VPC') ? 1 : 0;
}

function doors(manifest: Manifest | undefined, side: Side): Door[] {
  if (!manifest) return [];
  const { object } = manifest;
  if (object.kind === 'Service') return serviceDoors(object);
  if (object.kind === 'Ingress') return ingressDoors(manifest, side);
  if (object.kind === 'IngressClassParams') return classDoors(object);
  if (['HTTPRoute', 'GRPCRoute', 'TLSRoute'].includes(object.kind))
    return [object.spec?.hostnames ?? '*'].flat().map((host) => ({
      path: ['spec', 'hostnames', `[${host}]`],
      value: String(host),
      to: `${host} is routed to ${backends(object)}`,
    }));
  if (object.kind === 'Gateway')
    return listOf(object.spec?.listeners).map(({ name, port, protocol, hostname = '*' }) => ({
      path: ['spec', 'listeners', `[${name}]`],
      value: `${hostname}:${port}`,
      to: `the gateway listens on ${hostname}:${port} (${protocol})`,
    }));
  return [];
}

function serviceDoors({ spec, metadata }: KubernetesObject): Door[] {
  const ports = listOf(spec?.ports)
    .map(({ port }) => port)
    .join(', ');
  const found: Door[] = [];
  if (spec?.type === 'LoadBalancer') {
    const scheme = metadata.annotations?.[serviceScheme];
    const internal = scheme !== 'internet-facing';
    const from = internal ? 'the VPC (an NLB is internal unless told otherwise)' : 'the internet';
    found.push({
      path: internal ? ['spec', 'type'] : annotation(serviceScheme),
      value: internal ? 'LoadBalancer' : scheme,
      to: `port ${ports} of a load balancer of its own`,
      from,
    });
  }
  if (spec?.type === 'NodePort')
    found.push({
      path: ['spec', 'type'],
      value: 'NodePort',
      to: `port ${ports} becomes reachable on every node’s address`,
    });
  for (const ip of spec?.externalIPs ?? [])
    found.push({
      path: ['spec', 'externalIPs', `[${ip}]`],
      value: ip,
      to: `port ${ports} becomes reachable at ${ip}`,
    });
  return found;
}

function ingressDoors(manifest: Manifest, side: Side): Door[] {
  const { spec } = manifest.object;
  const member = memberOf(side, manifest);
  const scheme = member && (said(member, 'scheme')?.value ?? 'internal');
  const from =
    scheme === 'internet-facing'
      ? 'the internet'
      : scheme === 'internal'
        ? 'the VPC'
        : 'wherever its class listens';
  // Who of a group names addresses names them for all of it (pkg/ingress/model_build_listener.go, mergeListenPortConfigs).
  const group = groupsOf(side).find(({ members }) => member && members.includes(member));
  const inbound = (group?.members ?? []).flatMap((each) => addresses(said(each, 'inbound-cidrs')?.value));
  const within = (service = '') => {
    const own = sourcesOf(member && said(member, `conditions.${service}`)?.value);
    const only = own.length > 0 ? own : inbound;
    return only.length > 0 && !only.some((each) => anywhere.test(each))
      ? `${from}, for ${only.join(', ')} alone`
      : from;
  };
  return listOf(spec?.rules ?? [{}]).flatMap((rule) => {
    const host = rule.host ?? 'any host';
    const paths = listOf(rule.http?.paths ?? [{ path: '/' }]);
    return paths.map(({ path = '/', pathType, backend }) => ({
      path: ['spec', 'rules', `[${rule.host ?? '*'}]`, 'http', 'paths', `[${path} ${pathType}]`],
      value: `${host}${path}`,
      to: `${host}${path}${backend?.service ? ` (${backend.service.name})` : ''}`,
      from: within(backend?.service?.name),
    }));
  });
}

function classDoors({ spec }: KubernetesObject): Door[] {
  const found: Door[] = [];
  if (spec?.scheme === 'internet-facing')
    found.push({
      path: ['spec', 'scheme'],
      value: spec.scheme,
      to: 'every Ingress of the class faces the internet',
    });
  for (const { key, values = [] } of listOf(spec?.namespaceSelector?.matchExpressions))
    for (const value of values)
      found.push({
        path: ['spec', 'namespaceSelector'],
        value,
        to: `Ingresses of namespaces with ${key}=${value} may join its load balancer`,
      });
  if (spec && !spec.namespaceSelector)
    found.push({
      path: ['spec', 'namespaceSelector'],
      to: 'Ingresses of every namespace may join its load balancer',
    });
  return found;
}

/** Where addresses are listed that may connect: in an annotation as a text, elsewhere as a list. */
const ranges: readonly Path[] = [
  annotation('alb.ingress.kubernetes.io/inbound-cidrs'),
  annotation('service.beta.kubernetes.io/load-balancer-source-ranges'),
  ['spec', 'loadBalancerSourceRanges'],
  ['spec', 'inboundCIDRs'],
];

/** For whom the rules of a backend are, by its conditions; for all when there are none. */
function sourcesOf(conditions: unknown): string[] {
  return listOf(conditions).flatMap((each) =>
    each?.field === 'source-ip' ? addresses(each.sourceIPConfig?.values) : [],
  );
}

/** What guards an Ingress: its ranges, and the conditions of its backends. */
function guardsOf({ object }: Manifest): Map<string, { path: Path; of: string[] }> {
  const { annotations = {} } = object.metadata;
  const found = ranges.map((path) => ({ path, of: addresses(fieldAt(object, path)) }));
  for (const key of Object.keys(annotations).filter((each) => each.startsWith(`${prefix}conditions.`)))
    found.push({ path: annotation(key), of: sourcesOf(read(annotations, key.slice(prefix.length))) });
  return new Map(found.map((each) => [String(each.path), each]));
}

function addresses(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(String);
  return typeof value === 'string' ? value.split(',').map((each) => each.trim()) : [];
}

/** What kept others out and no longer does. */
function* closedLess({ before, after, changes }: ObjectChange): Iterable<Draft> {
  const [were, are] = [before, after].map((each) => each && guardsOf(each));
  for (const [key, { path, of: old }] of were ?? []) {
    const now = are?.get(key)?.of ?? [];
    const added = now.filter((each) => !old.includes(each));
    const open =
      added.length > 0 && old.length > 0
        ? added.join(', ')
        : old.length > 0 && now.length === 0
          ? 'everybody'
          : '';
    const values = { before: old.join(','), after: now.join(',') || undefined };
    if (open) yield risk('more-addresses', path, { ...values, open });
  }
  for (const { path, before: old, after: now } of changes) {
    const text = typeof now === 'string' ? now : canonical(now ?? '');
    const known = typeof old === 'string' ? old : canonical(old ?? '');
    if (
      !anywhere.test(text) ||
      anywhere.test(known) ||
      [...(are?.values() ?? [])].some((each) => touches(each.path, path))
    )
      continue;
    const [, , range] = anywhere.exec(text) ?? [];
    yield risk('every-address', path, { range });
  }
}

const secures = /(ssl-redirect|certificate-arn|listen-ports)$|^tls$/;

function* tlsRemoved(
  { before, after, changes }: ObjectChange,
  { before: old, after: side }: Context,
): Iterable<Draft> {
  if (after?.object.kind !== 'Ingress' || !before || !speaksTls(before, old) || speaksTls(after, side)) return;
  const lost = changes.filter(({ path }) => path.slice(0, 3).some((step) => secures.test(step)));
  yield risk('no-tls', lost[0]?.path ?? ['spec'], { covers: lost.map(({ path }) => path) });
}

/** Whether every request is answered with TLS, or sent on to it. */
function speaksTls(manifest: Manifest, side: Side): boolean {
  const group = groupsOf(side).find(({ members }) => members.some((each) => each.manifest === manifest));
  const member = group?.members.find((each) => each.manifest === manifest);
  if (!group || !member) return listOf(manifest.object.spec?.tls).length > 0;
  return redirects(group) || ![...portsOf(member).values()].includes('HTTP');
}

/** A Service that loses its scheme; an Ingress without a scheme is internal (buildLoadBalancerScheme), which makes its load balancer anew. */
function* schemeRemoved({ changes }: ObjectChange): Iterable<Draft> {
  for (const { path, before, after } of changes)
    if (path.at(-1) === serviceScheme && before === 'internet-facing' && after === undefined)
      yield risk('scheme-kept', path);
}

function backends({ spec }: KubernetesObject): string {
  const names = listOf(spec?.rules).flatMap(({ backendRefs }) => listOf(backendRefs).map(({ name }) => name));
  return [...new Set(names)].join(', ') || 'nothing';
}
