import { createHash } from 'node:crypto';
import { settings } from '../settings';

const prefix = 'alb.ingress.kubernetes.io/';

/** An Ingress, and the parameters of its class. */
export interface Member {
  readonly ingress: any;
  readonly params: any;
}

/** All Ingresses that share a load balancer. */
export interface Group {
  readonly name: string;
  /** In the order in which their rules come. */
  readonly members: readonly Member[];
}

export interface TargetGroup {
  /** As the controller tags it: `production/eren-ingress-eren-web-ping:3000`. */
  readonly resource: string;
  readonly name: string;
  readonly namespace: string;
  readonly service: string;
  readonly port: number | string;
  readonly targetPort: number;
  readonly protocol: string;
  readonly healthCheck: Readonly<Record<string, string | undefined>>;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Rule {
  readonly host?: string;
  readonly paths: readonly string[];
  /** The status that it answers with by itself; without shares it is 503. */
  readonly answers?: string;
  /** Resources of target groups with their weights. */
  readonly shares: readonly { readonly resource: string; readonly weight: number }[];
}

/** What AWS is to be told of a whole group. */
export interface Model {
  readonly group: string;
  readonly name: string;
  readonly scheme: string;
  readonly securityGroups: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
  readonly targetGroups: readonly TargetGroup[];
  /** Protocol by port. */
  readonly listeners: Readonly<Record<number, string>>;
  /** The rules of the listeners that serve; the others send people to HTTPS. */
  readonly rules: readonly Rule[];
  readonly redirects: boolean;
}

/** The group has no model: nothing of it is changed at AWS, for none of its members. */
export class ConflictError extends Error {}

/** What a load balancer has only one of: of the class where that says it, else of the annotations, which must agree. */
const single: readonly { readonly what: string; readonly annotation: string; readonly of?: string }[] = [
  { what: 'load balancer name', annotation: 'load-balancer-name', of: 'loadBalancerName' },
  { what: 'scheme', annotation: 'scheme', of: 'scheme' },
  { what: 'IPAddressType', annotation: 'ip-address-type', of: 'ipAddressType' },
  { what: 'subnets', annotation: 'subnets', of: 'subnets' },
  { what: 'securityGroups', annotation: 'security-groups' },
  { what: 'CustomerOwnedIPv4Pool', annotation: 'customer-owned-ipv4-pool' },
  { what: 'inbound-cidrs', annotation: 'inbound-cidrs', of: 'inboundCIDRs' },
  { what: 'sslPolicy', annotation: 'ssl-policy', of: 'sslPolicy' },
  { what: 'sslRedirect port', annotation: 'ssl-redirect', of: 'sslRedirectPort' },
];

/** The groups of all Ingresses whose class is the controller's and admits their namespace. */
export function groupsOf(ingresses: readonly any[], classes: readonly any[], parameters: readonly any[]): Group[] {
  const groups = new Map<string, Member[]>();
  for (const ingress of ingresses) {
    if (ingress.metadata.deletionTimestamp) continue;
    const { spec } = classes.find(({ metadata }) => metadata.name === ingress.spec.ingressClassName) ?? {};
    if (spec?.controller !== 'ingress.k8s.aws/alb') continue;
    const params = parameters.find(({ metadata }) => metadata.name === spec.parameters?.name)?.spec ?? {};
    const { namespace, name } = ingress.metadata;
    const admitted = params.namespaceSelector?.matchExpressions?.[0]?.values;
    if (admitted && !admitted.includes(namespace)) continue;
    const group = params.group?.name ?? annotation(ingress, 'group.name') ?? `${namespace}/${name}`;
    groups.set(group, [...(groups.get(group) ?? []), { ingress, params }]);
  }
  const order = ({ ingress }: Member) => Number(annotation(ingress, 'group.order') ?? 0);
  return [...groups].map(([name, members]) => ({
    name,
    members: members.sort((a, b) => order(a) - order(b) || (keyOf(a.ingress) < keyOf(b.ingress) ? -1 : 1)),
  }));
}

/**
 * One model for the whole group, as release 3.5.0 builds it (pkg/ingress/model_builder.go and its neighbours), as far as
 * our Ingresses and what can go wrong with them need it.
 *
 * @param services of all namespaces
 * @throws ConflictError when its members do not agree, or one of them cannot be built
 */
export function modelOf(group: Group, services: readonly any[]): Model {
  const { members } = group;
  const values = Object.fromEntries(single.map((each) => [each.annotation, agreed(each, members)]));
  const listeners: Record<number, string> = {};
  for (const { ingress, params } of members)
    for (const [port, protocol] of listenPorts(ingress, params)) {
      if ((listeners[port] ?? protocol) !== protocol)
        throw new ConflictError(
          `failed to merge listenPort config for port: ${port}: conflicting protocol, ${keyOf(ingress)}: ${protocol}`,
        );
      listeners[port] = protocol;
    }
  const redirect = values['ssl-redirect'];
  if (redirect && listeners[Number(redirect)] !== 'HTTPS')
    throw new ConflictError(`listener does not exist for SSLRedirect port: ${redirect}`);
  const targetGroups = new Map<string, TargetGroup>();
  const rules = members.flatMap((member) => rulesOf(group, member, services, targetGroups));
  const scheme = values.scheme ?? 'internal';
  return {
    group: group.name,
    name: `k8s-${plain(group.name, 17)}-${digest(settings.cluster.name, group.name, scheme)}`,
    scheme,
    securityGroups: values['security-groups']?.split(',').map((each) => each.trim()) ?? [],
    attributes: attributesOf(members),
    targetGroups: [...targetGroups.values()],
    listeners,
    rules,
    redirects: redirect !== undefined,
  };
}

export function keyOf({ metadata: { namespace, name } }: any): string {
  return `${namespace}/${name}`;
}

function annotation(ingress: any, name: string): string | undefined {
  return ingress.metadata.annotations?.[`${prefix}${name}`];
}

function agreed({ what, annotation: name, of }: (typeof single)[number], members: readonly Member[]) {
  const said = members.flatMap(({ ingress, params }) => {
    const value = (of && params[of]) ?? annotation(ingress, name);
    return value === undefined ? [] : [typeof value === 'string' ? value : JSON.stringify(value)];
  });
  const different = [...new Set(said)];
  if (different.length > 1) throw new ConflictError(`conflicting ${what}: ${different.join(' | ')}`);
  return different[0];
}

/** What the class says of an attribute settles it; only the others are in conflict. */
function attributesOf(members: readonly Member[]): Record<string, string> {
  const ofClass = Object.fromEntries(
    (members[0]?.params.loadBalancerAttributes ?? []).map(({ key, value }: any) => [key, value]),
  );
  const all: Record<string, string> = {};
  for (const { ingress } of members)
    for (const [key, value] of pairs(annotation(ingress, 'load-balancer-attributes'))) {
      const before = all[key];
      if (before !== undefined && before !== value && !(key in ofClass))
        throw new ConflictError(`conflicting load balancer attributes ${key}: ${before} | ${value}`);
      all[key] = value;
    }
  return { ...all, ...ofClass };
}

function listenPorts(ingress: any, params: any): [number, string][] {
  const text = annotation(ingress, 'listen-ports');
  const certificate = params.certificateArn ?? annotation(ingress, 'certificate-arn');
  if (text === undefined) return certificate ? [[443, 'HTTPS']] : [[80, 'HTTP']];
  const entries: Record<string, number>[] = JSON.parse(text);
  return entries.flatMap((each) =>
    Object.entries(each).map(([protocol, port]): [number, string] => [port, protocol]),
  );
}

function rulesOf(
  group: Group,
  member: Member,
  services: readonly any[],
  targetGroups: Map<string, TargetGroup>,
): Rule[] {
  const { ingress } = member;
  return (ingress.spec.rules ?? []).flatMap(({ host, http }: any) =>
    (http?.paths ?? []).map(({ path, pathType, backend }: any): Rule => {
      const shares = forwardOf(ingress, backend.service).map(({ service, port, weight }, _, all) => {
        const found = services.find(
          ({ metadata }) => metadata.namespace === ingress.metadata.namespace && metadata.name === service,
        );
        if (!found && all.length > 1)
          throw new ConflictError(`ingress: ${keyOf(ingress)}: Service "${service}" not found`);
        if (!found) return undefined;
        const made = targetGroupOf(group, member, found, port);
        targetGroups.set(made.resource, made);
        return { resource: made.resource, weight };
      });
      const answers = answerOf(ingress, backend.service);
      return {
        ...{ host, paths: patterns(path, pathType), shares: shares.filter((each) => each !== undefined) },
        ...(answers && { answers }),
      };
    }),
  );
}

interface Backend {
  readonly service: string;
  readonly port: number | string;
  readonly weight: number;
}

/** The status that an action answers with by itself. */
function answerOf(ingress: any, { name, port = {} }: any): string | undefined {
  const text = port.name === 'use-annotation' ? annotation(ingress, `actions.${name}`) : undefined;
  return text && JSON.parse(text).FixedResponseConfig?.StatusCode;
}

/** Where a path leads; nowhere when its action is not written. */
function forwardOf(ingress: any, { name, port = {} }: any): Backend[] {
  if (port.name !== 'use-annotation') return [{ service: name, port: port.number ?? port.name, weight: 1 }];
  const text = annotation(ingress, `actions.${name}`);
  if (text === undefined) return [];
  const groups: any[] = JSON.parse(text).ForwardConfig?.TargetGroups ?? [];
  return groups.map(({ ServiceName, ServicePort, Weight }) => ({
    service: ServiceName,
    // A number that is written as text is a number.
    port: /^\d+$/.test(String(ServicePort)) ? Number(ServicePort) : ServicePort,
    weight: Number(Weight ?? 1),
  }));
}

function targetGroupOf(group: Group, { ingress }: Member, service: any, port: number | string): TargetGroup {
  const found = service.spec.ports.find((each: any) => each.port === port || each.name === port);
  if (!found)
    throw new ConflictError(`ingress: ${keyOf(ingress)}: unable to find port ${port} on ${keyOf(service)}`);
  const { namespace, name } = service.metadata;
  const protocol = annotation(ingress, 'backend-protocol') ?? 'HTTP';
  const targetPort = Number.isInteger(found.targetPort) ? found.targetPort : 1;
  const parts = [settings.cluster.name, group.name, ingress.metadata.namespace, ingress.metadata.name];
  const uuid = digest(...parts, service.metadata.uid, port, targetPort, 'ip', protocol, 'HTTP1');
  return {
    resource: `${keyOf(ingress)}-${name}:${port}`,
    name: `k8s-${plain(namespace, 8)}-${plain(name, 8)}-${uuid}`,
    namespace,
    service: name,
    port,
    targetPort,
    protocol,
    healthCheck: {
      HealthCheckProtocol: annotation(ingress, 'healthcheck-protocol') ?? 'HTTP',
      HealthCheckPath: annotation(ingress, 'healthcheck-path') ?? '/',
      HealthCheckIntervalSeconds: annotation(ingress, 'healthcheck-interval-seconds') ?? '15',
      HealthCheckTimeoutSeconds: annotation(ingress, 'healthcheck-timeout-seconds') ?? '5',
      HealthyThresholdCount: annotation(ingress, 'healthy-threshold-count') ?? '2',
      UnhealthyThresholdCount: annotation(ingress, 'unhealthy-threshold-count') ?? '2',
    },
    attributes: Object.fromEntries(pairs(annotation(ingress, 'target-group-attributes'))),
  };
}

function patterns(path: string, pathType: string): string[] {
  if (pathType !== 'Prefix') return [path];
  return path === '/' ? ['/*'] : [path.replace(/\/$/, ''), `${path.replace(/\/$/, '')}/*`];
}

/** `key=value,key=value`. */
function pairs(text = ''): [string, string][] {
  return text
    .split(',')
    .filter(Boolean)
    .map((each) => each.trim().split('=') as [string, string]);
}

function plain(text: string, length: number): string {
  return text.replace(/[^a-zA-Z0-9]/g, '').slice(0, length);
}

function digest(...parts: unknown[]): string {
  return createHash('sha256').update(parts.join('')).digest('hex').slice(0, 10);
}
