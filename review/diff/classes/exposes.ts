import { listOf } from '../../pods';
import type { Manifest } from '../../tree';
import { canonical } from '../canonical';
import { type Classify, type Context, type Draft, subjectOf } from '../finding';
import type { ObjectChange } from '../objects';
import { type Path, touches } from '../path';
import type { Side } from '../sides';
import { networkPolicy } from './network-policy';

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
const anywhere = /(^|[^\d.])(0\.0\.0\.0\/0|::\/0)/;
const why = 'Who could not reach it until now can, from the moment of the sync.';

export const exposes: Classify = function* (change, context) {
  const { kind } = subjectOf(change).object;
  if (kind === 'NetworkPolicy') return yield* networkPolicy(change, context);
  yield* doorsOpened(change, context);
  if (!change.after) return;
  yield* closedLess(change);
  yield* schemeRemoved(change);
};

function* doorsOpened(change: ObjectChange, context: Context): Iterable<Draft> {
  const was = new Map(doors(change.before, context.before).map((door) => [door.to, door] as const));
  for (const { path, value, to, from } of doors(change.after, context.after)) {
    const old = was.get(to);
    if (old && reach(old.from) >= reach(from)) continue;
    // Told once for the whole load balancer.
    if (
      old &&
      change.changes.some((each) => scheme.test(each.path.at(-1) ?? '') && each.path.at(-1)?.startsWith('alb.'))
    )
      continue;
    const before = change.changes.find((each) => canonical(each.path) === canonical(path))?.before;
    const fix = fixes[change.after?.object.kind ?? ''] ?? (fixes['*'] as string);
    yield {
      class: 'exposes',
      level: 'high',
      path,
      before,
      after: value,
      says: from ? `${to} becomes reachable from ${from}` : to,
      why,
      fix,
    };
  }
}

/** The farther, the higher. */
function reach(from: string | undefined): number {
  return from === undefined || from.startsWith('the internet') ? 2 : from.startsWith('the VPC') ? 1 : 0;
}

const fixes: Readonly<Record<string, string>> = {
  Service:
    'confirm that the world is to reach it, or keep ClusterIP behind the Ingress, or list loadBalancerSourceRanges',
  Ingress:
    'confirm host and path; for an office or VPN only, the scheme internal or alb.ingress.kubernetes.io/inbound-cidrs',
  '*': 'confirm that it is meant, or restrict the addresses',
};

function doors(manifest: Manifest | undefined, side: Side): Door[] {
  if (!manifest) return [];
  const { object } = manifest;
  if (object.kind === 'Service') return serviceDoors(object);
  if (object.kind === 'Ingress') return ingressDoors(object, side);
  if (object.kind === 'IngressClassParams') return classDoors(object);
  if (['HTTPRoute', 'GRPCRoute', 'TLSRoute'].includes(object.kind))
    return (object.spec?.hostnames ?? ['*']).map((host: string) => ({
      path: ['spec', 'hostnames', `[${host}]`],
      value: host,
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

function serviceDoors({ spec, metadata }: any): Door[] {
  const ports = listOf(spec?.ports)
    .map(({ port }) => port)
    .join(', ');
  const found: Door[] = [];
  if (spec?.type === 'LoadBalancer') {
    const scheme = metadata.annotations?.['service.beta.kubernetes.io/aws-load-balancer-scheme'];
    const internal = scheme !== 'internet-facing';
    const from = internal ? 'the VPC (an NLB is internal unless told otherwise)' : 'the internet';
    found.push({
      path: internal ? ['spec', 'type'] : annotation('service.beta.kubernetes.io/aws-load-balancer-scheme'),
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

function ingressDoors({ spec, metadata }: any, side: Side): Door[] {
  const scheme = schemeOf(spec, metadata, side);
  const from =
    scheme === 'internet-facing'
      ? 'the internet'
      : scheme === 'internal'
        ? 'the VPC'
        : 'wherever its class listens';
  return listOf(spec?.rules ?? [{}]).flatMap((rule) => {
    const host = rule.host ?? 'any host';
    const paths = listOf(rule.http?.paths ?? [{ path: '/' }]);
    return paths.map(({ path = '/', pathType, backend }) => ({
      path: ['spec', 'rules', `[${rule.host ?? '*'}]`, 'http', 'paths', `[${path} ${pathType}]`],
      value: `${host}${path}`,
      to: `${host}${path}${backend?.service ? ` (${backend.service.name})` : ''}`,
      from,
    }));
  });
}

function schemeOf(spec: any, metadata: any, side: Side): string | undefined {
  const name = spec?.ingressClassName;
  const { parameters } = side.find('IngressClass', undefined, name)?.object.spec ?? {};
  const ofClass = parameters && side.find('IngressClassParams', undefined, parameters.name)?.object.spec?.scheme;
  // The class's parameters win over the annotation.
  return ofClass ?? metadata.annotations?.['alb.ingress.kubernetes.io/scheme'];
}

function classDoors({ spec }: any): Door[] {
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

const ranges = [
  'alb.ingress.kubernetes.io/inbound-cidrs',
  'service.beta.kubernetes.io/load-balancer-source-ranges',
];

/** What kept others out and no longer does. */
function* closedLess({ before, after, changes }: ObjectChange): Iterable<Draft> {
  const [was, is] = [before?.object as any, after?.object as any];
  const lists: [Path, any, any][] = [
    ...ranges.map((key): [Path, any, any] => [
      annotation(key),
      was?.metadata.annotations?.[key]?.split(/\s*,\s*/),
      is.metadata.annotations?.[key]?.split(/\s*,\s*/),
    ]),
    [['spec', 'loadBalancerSourceRanges'], was?.spec?.loadBalancerSourceRanges, is.spec?.loadBalancerSourceRanges],
    [['spec', 'inboundCIDRs'], was?.spec?.inboundCIDRs, is.spec?.inboundCIDRs],
  ];
  for (const [path, old = [], now = []] of was ? lists : []) {
    const added = now.filter((each: string) => !old.includes(each));
    const open =
      added.length > 0 && old.length > 0
        ? added.join(', ')
        : old.length > 0 && now.length === 0
          ? 'everybody'
          : '';
    if (open)
      yield {
        class: 'exposes',
        level: 'high',
        path,
        before: old.join(','),
        after: now.join(',') || undefined,
        says: `${open} may connect from now on`,
        why,
        fix: 'list only the addresses that need it',
      };
  }
  yield* tlsRemoved(was, is);
  for (const { path, before: old, after: now } of changes) {
    const text = typeof now === 'string' ? now : canonical(now ?? '');
    const known = typeof old === 'string' ? old : canonical(old ?? '');
    if (!anywhere.test(text) || anywhere.test(known) || lists.some(([each]) => touches(each, path))) continue;
    const [, , range] = anywhere.exec(text) ?? [];
    yield {
      class: 'exposes',
      level: 'high',
      path,
      before: old,
      after: now,
      says: `${range}, every address there is, is added`,
      why,
      fix: 'list the addresses that need it',
    };
  }
}

function* tlsRemoved(was: any, is: any): Iterable<Draft> {
  if (was?.kind !== 'Ingress') return;
  const secured = (object: any): [string, unknown][] => [
    [
      'alb.ingress.kubernetes.io/ssl-redirect',
      object.metadata.annotations?.['alb.ingress.kubernetes.io/ssl-redirect'],
    ],
    [
      'alb.ingress.kubernetes.io/certificate-arn',
      object.metadata.annotations?.['alb.ingress.kubernetes.io/certificate-arn'],
    ],
  ];
  const lost: [Path, unknown][] = secured(was)
    .filter(([key, value]) => value !== undefined && is.metadata.annotations?.[key] === undefined)
    .map(([key, value]) => [annotation(key), value]);
  const hosts = (object: any): string[] => listOf(object.spec?.tls).flatMap((tls) => tls.hosts ?? ['*']);
  const bare = hosts(was).filter(
    (host) =>
      !hosts(is).includes(host) && listOf(is.spec?.rules).some((rule) => rule.host === host || host === '*'),
  );
  if (bare.length > 0) lost.push([['spec', 'tls'], bare.join(', ')]);
  const ports = 'alb.ingress.kubernetes.io/listen-ports';
  const https = (object: any) => String(object.metadata.annotations?.[ports] ?? '').includes('HTTPS');
  if (https(was) && !https(is)) lost.push([annotation(ports), was.metadata.annotations[ports]]);
  const [first] = lost;
  if (first)
    yield {
      class: 'exposes',
      level: 'high',
      path: first[0],
      before: lost.map(([, before]) => before).join(', '),
      says: 'TLS is taken away: requests and cookies go over the network as plain text',
      why: 'Sessions can be read and taken over by whoever is on the way.',
      fix: 'keep the certificate and the redirect to HTTPS',
      covers: lost.map(([path]) => path),
    };
}

const scheme = /^(service\.beta\.kubernetes\.io\/aws-load-balancer-scheme|alb\.ingress\.kubernetes\.io\/scheme)$/;

function* schemeRemoved({ changes }: ObjectChange): Iterable<Draft> {
  for (const { path, before, after } of changes) {
    if (!scheme.test(path.at(-1) ?? '') || before === undefined) continue;
    if (after === undefined && before === 'internet-facing')
      yield {
        class: 'exposes',
        level: 'warn',
        path,
        before,
        says: 'the scheme annotation goes, and the load balancer that exists keeps facing the internet',
        why: 'The controller leaves the scheme of an existing load balancer as it is when the annotation is removed.',
        fix: 'write internal; the load balancer is then made anew with another address',
      };
    else if (after === 'internet-facing' && path.at(-1)?.startsWith('alb.'))
      yield {
        class: 'exposes',
        level: 'high',
        path,
        before,
        after,
        says: `the scheme changes from ${before} to internet-facing`,
        why: 'The load balancer is made anew with a public address; DNS must follow.',
        fix: 'confirm it, or restrict alb.ingress.kubernetes.io/inbound-cidrs',
      };
  }
}

function backends({ spec }: any): string {
  const names = listOf(spec?.rules).flatMap(({ backendRefs }) => listOf(backendRefs).map(({ name }) => name));
  return [...new Set(names)].join(', ') || 'nothing';
}
