import { isIP } from 'node:net';
import { type AddressRange, addressesOf, holds } from '../../../charts/environments/ranges';
import { type Check, pathSegment, port, portName, serviceName, subdomain } from '../names';
import { labels, selector } from './labels';
import { portOf } from './probe';
import { each, exactlyOne, form, needed, type Path, type Say, set, unique } from './say';

const hostName: Check = (text) =>
  isIP(text) ? 'is an address, must be a name' : subdomain(text.replace(/^\*\./, ''));

export function service(object: any, say: Say): void {
  const { spec = {} } = object;
  const { type = 'ClusterIP', clusterIP } = spec;
  const all = each(spec, 'ports', ['spec']);
  if (type === 'ExternalName') form(spec.externalName, ['spec', 'externalName'], say, subdomain, 'needed');
  else if (all.length === 0 && clusterIP !== 'None') say(['spec', 'ports'], 'is required');
  if (clusterIP && clusterIP !== 'None' && !isIP(clusterIP))
    say(['spec', 'clusterIP'], `${clusterIP} is neither an address nor None`);
  labels(spec.selector, ['spec', 'selector'], say);
  unique(
    all.flatMap(([{ name }, path]) => (name ? [[name, [...path, 'name']] as const] : [])),
    'name',
    say,
  );
  for (const [each, path] of all) {
    if (!each.name && all.length > 1) say([...path, 'name'], 'is required where there is more than one port');
    form(each.name, [...path, 'name'], say, portLabel);
    const wrong = port(each.port ?? 0);
    if (wrong) say([...path, 'port'], `${each.port ?? 0} ${wrong}`);
    // Empty or 0 is the port itself.
    if (each.targetPort) portOf(each.targetPort, [...path, 'targetPort'], say);
    if (each.nodePort && type === 'ClusterIP')
      say([...path, 'nodePort'], 'can only be set with NodePort or LoadBalancer');
    else if (each.nodePort && (each.nodePort < 30_000 || each.nodePort > 32_767))
      say([...path, 'nodePort'], `${each.nodePort} must be between 30000 and 32767`);
  }
  if (spec.externalTrafficPolicy && type === 'ClusterIP')
    say(['spec', 'externalTrafficPolicy'], 'can only be set with NodePort or LoadBalancer');
  if (spec.loadBalancerSourceRanges?.length && type !== 'LoadBalancer')
    say(['spec', 'loadBalancerSourceRanges'], 'can only be set with LoadBalancer');
  const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (spec.sessionAffinityConfig && spec.sessionAffinity !== 'ClientIP')
    say(['spec', 'sessionAffinityConfig'], 'can only be set with ClientIP');
  if (seconds !== undefined && (seconds < 1 || seconds > 86_400))
    say(
      ['spec', 'sessionAffinityConfig', 'clientIP', 'timeoutSeconds'],
      `is ${seconds}, must be between 1 and 86400`,
    );
  const spreads = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];
  if (spec.trafficDistribution && !spreads.includes(spec.trafficDistribution))
    say(['spec', 'trafficDistribution'], `${spec.trafficDistribution} is none of ${spreads.join(', ')}`);
}

const portLabel: Check = (text) =>
  /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(text) && text.length <= 63
    ? undefined
    : 'must be lower-case letters, digits and hyphens, at most 63';

export function ingress(object: any, say: Say): void {
  const { spec = {}, metadata } = object;
  if (spec.ingressClassName !== undefined)
    form(spec.ingressClassName, ['spec', 'ingressClassName'], say, subdomain, 'needed');
  if (spec.ingressClassName && metadata.annotations?.['kubernetes.io/ingress.class'])
    say(
      ['metadata', 'annotations', 'kubernetes.io/ingress.class'],
      'cannot be set together with ingressClassName',
    );
  if (!spec.rules?.length && !spec.defaultBackend) say(['spec'], 'has neither rules nor defaultBackend');
  if (spec.defaultBackend) backend(spec.defaultBackend, ['spec', 'defaultBackend'], say);
  for (const [tls, path] of each(spec, 'tls', ['spec']))
    for (const [host, at] of each<string>(tls, 'hosts', path)) form(host, at, say, hostName);
  for (const [rule, path] of each(spec, 'rules', ['spec'])) {
    form(rule.host, [...path, 'host'], say, hostName);
    if (rule.http && !rule.http.paths?.length) say([...path, 'http', 'paths'], 'is required');
    for (const [each_, at] of each(rule.http, 'paths', [...path, 'http'])) ingressPath(each_, at, say);
  }
}

function ingressPath({ path = '', pathType, backend: to }: any, at: Path, say: Say): void {
  needed(pathType, [...at, 'pathType'], say);
  const wrong =
    ['//', '/./', '/../', '%2f', '%2F'].find((part) => path.includes(part)) ?? /\/\.\.?$/.exec(path)?.[0];
  if (pathType === 'ImplementationSpecific' ? path !== '' && !path.startsWith('/') : !path.startsWith('/'))
    say([...at, 'path'], `${JSON.stringify(path)} must start with /`);
  else if (pathType !== 'ImplementationSpecific' && wrong) say([...at, 'path'], `${path} must not hold ${wrong}`);
  backend(to ?? {}, [...at, 'backend'], say);
}

function backend(of: any, at: Path, say: Say): void {
  if (exactlyOne(of, ['service', 'resource'], at, say) !== 'service') return;
  const path = [...at, 'service'];
  form(of.service.name, [...path, 'name'], say, serviceName, 'needed');
  const { name, number } = of.service.port ?? {};
  if (name && number) say([...path, 'port', 'number'], 'cannot be set together with name');
  else if (!name && !number) say([...path, 'port'], 'needs a name or a number');
  form(name, [...path, 'port', 'name'], say, portName);
  const wrong = number ? port(number) : undefined;
  if (wrong) say([...path, 'port', 'number'], `${number} ${wrong}`);
}

export function ingressClass({ spec = {} }: any, say: Say): void {
  needed(spec.controller, ['spec', 'controller'], say);
  if (
    spec.controller &&
    (!/^[^/]+\/[-A-Za-z0-9/._~%!$&'()*+,;=:]+$/.test(spec.controller) ||
      subdomain(spec.controller.split('/')[0]) ||
      spec.controller.length > 250)
  )
    say(['spec', 'controller'], `${spec.controller} must be a domain and a path, for example ingress.k8s.aws/alb`);
  if (!spec.parameters) return;
  const at = ['spec', 'parameters'];
  for (const field of ['kind', 'name']) form(spec.parameters[field], [...at, field], say, pathSegment, 'needed');
  if (spec.parameters.apiGroup !== undefined)
    form(spec.parameters.apiGroup, [...at, 'apiGroup'], say, subdomain, 'needed');
  const { scope = 'Cluster', namespace } = spec.parameters;
  if (!['Cluster', 'Namespace'].includes(scope)) say([...at, 'scope'], `${scope} is none of Cluster, Namespace`);
  if (scope === 'Cluster' && namespace) say([...at, 'namespace'], 'cannot be set with scope Cluster');
  if (scope === 'Namespace') needed(namespace, [...at, 'namespace'], say);
}

export function networkPolicy({ spec = {} }: any, say: Say): void {
  selector(spec.podSelector, ['spec', 'podSelector'], say);
  for (const [direction, side] of [
    ['ingress', 'from'],
    ['egress', 'to'],
  ] as const)
    for (const [rule, path] of each(spec, direction, ['spec'])) {
      for (const [each_, at] of each(rule, 'ports', path)) policyPort(each_, at, say);
      for (const [each_, at] of each(rule, side, path)) peer(each_, at, say);
    }
  const types = each<string>(spec, 'policyTypes', ['spec']);
  if (types.length > 2) say(['spec', 'policyTypes'], 'are more than two');
  for (const [type, path] of types)
    if (!['Ingress', 'Egress'].includes(type)) say(path, `${JSON.stringify(type)} is none of Ingress, Egress`);
}

function policyPort(of: any, at: Path, say: Say): void {
  if (of.port !== undefined) portOf(of.port, [...at, 'port'], say);
  if (of.endPort === undefined) return;
  if (typeof of.port !== 'number') say([...at, 'endPort'], 'needs a port that is a number');
  else if (of.endPort < of.port) say([...at, 'endPort'], `is ${of.endPort}, must not be below port, ${of.port}`);
  else if (of.endPort > 65_535) say([...at, 'endPort'], `is ${of.endPort}, the most is 65535`);
}

function peer(of: any, at: Path, say: Say): void {
  selector(of.podSelector, [...at, 'podSelector'], say);
  selector(of.namespaceSelector, [...at, 'namespaceSelector'], say);
  const fields = set(of, ['podSelector', 'namespaceSelector', 'ipBlock']);
  if (fields.length === 0) say(at, 'has none of podSelector, namespaceSelector, ipBlock; one is required');
  if (!of.ipBlock) return;
  if (fields.length > 1) say([...at, 'ipBlock'], `cannot be set together with ${fields[0]}`);
  const path = [...at, 'ipBlock'];
  needed(of.ipBlock.cidr, [...path, 'cidr'], say);
  const outer = range(of.ipBlock.cidr, [...path, 'cidr'], say);
  for (const [inner, where] of each<string>(of.ipBlock, 'except', path)) {
    const parsed = range(inner, where, say);
    if (outer && parsed && !(parsed.bits > outer.bits && holds(of.ipBlock.cidr, inner)))
      say(where, `${inner} is not inside ${of.ipBlock.cidr}`);
  }
}

/** An IPv4 range; of IPv6 only the form is looked at. */
function range(text: string | undefined, at: Path, say: Say): AddressRange | undefined {
  const [address = '', bits = '', ...more] = (text ?? '').split('/');
  const version = isIP(address);
  if (!text) return undefined;
  if (version === 0 || more.length > 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > (version === 4 ? 32 : 128)) {
    say(at, `${JSON.stringify(text)} is not a valid range of addresses; write for example 10.0.0.0/8`);
    return undefined;
  }
  return version === 6 ? undefined : addressesOf(text);
}
