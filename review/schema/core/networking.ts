import { isIP, isIPv4 } from 'node:net';
import { addressesOf, holds } from '../../../charts/environments/ranges';
import { subdomain } from '../names';
import type { Field, FieldJudge } from './field';
import { forms } from './forms';

/** Fields of a Service that go with some of its types only. */
function service(spec: Field): void {
  const type = spec.at('type').text || 'ClusterIP';
  const [ports, address, name] = [spec.at('ports').elements, spec.at('clusterIP'), spec.at('externalName')];
  const external = type === 'ExternalName';
  if (external && name.isEmpty) name.refuse('is required');
  const wrong = external && !name.isEmpty ? subdomain(name.text) : undefined;
  if (wrong) name.refuse(`${JSON.stringify(name.value)} ${wrong}`);
  if (ports.length === 0 && !external && address.value !== 'None') spec.at('ports').refuse('is required');
  if (!address.isEmpty && address.value !== 'None' && !isIP(address.text))
    address.refuse(`${address.value} is neither an address nor None`);
  for (const each of ports) {
    const [port, node] = [each.at('name'), each.at('nodePort')];
    if (port.isEmpty && ports.length > 1) port.refuse('is required where there is more than one port');
    if (type !== 'ClusterIP' && node.value && (node.number(0) < 30_000 || node.number(0) > 32_767))
      node.refuse(`${node.value} must be between 30000 and 32767`);
  }
  const onlyWith = (where: string, allowed: boolean, ...fields: readonly Field[]) => {
    for (const of of fields)
      if (!allowed && !of.isEmpty && of.value !== 0) of.refuse(`can only be set with ${where}`);
  };
  const nodePorts = ports.map((each) => each.at('nodePort'));
  onlyWith('NodePort or LoadBalancer', type !== 'ClusterIP', spec.at('externalTrafficPolicy'), ...nodePorts);
  onlyWith('LoadBalancer', type === 'LoadBalancer', spec.at('loadBalancerSourceRanges'));
  onlyWith('ClientIP', spec.at('sessionAffinity').value === 'ClientIP', spec.at('sessionAffinityConfig'));
}

function servicePort(of: Field): void {
  const [name, number] = [of.at('name'), of.at('number')];
  if (name.value && number.value) number.refuse('cannot be set together with name');
  if (!name.value && !number.value) of.refuse('needs a name or a number');
}

function ingressPath(of: Field): void {
  const path = of.at('path');
  const free = of.at('pathType').value === 'ImplementationSpecific';
  const wrong =
    ['//', '/./', '/../', '%2f', '%2F'].find((part) => path.text.includes(part)) ??
    /\/\.\.?$/.exec(path.text)?.[0];
  if (!path.text.startsWith('/') && !(free && path.isEmpty))
    path.refuse(`${JSON.stringify(path.text)} must start with /`);
  else if (!free && wrong) path.refuse(`${path.value} must not hold ${wrong}`);
}

function ingress(object: Field): void {
  const spec = object.at('spec');
  const old = object.at('metadata', 'annotations', 'kubernetes.io/ingress.class');
  if (!spec.at('ingressClassName').isEmpty && !old.isEmpty)
    old.refuse('cannot be set together with ingressClassName');
  if (spec.at('rules').isEmpty && !spec.at('defaultBackend').isSet)
    spec.refuse('has neither rules nor defaultBackend');
}

function classParameters(of: Field): void {
  const [scope, namespace] = [of.at('scope').text || 'Cluster', of.at('namespace')];
  if (scope === 'Cluster' && !namespace.isEmpty) namespace.refuse('cannot be set with scope Cluster');
  if (scope === 'Namespace' && namespace.isEmpty) namespace.refuse('is required');
}

function policy(spec: Field): void {
  if (spec.at('policyTypes').elements.length > 2) spec.at('policyTypes').refuse('are more than two');
}

function policyPort(of: Field): void {
  const [port, end] = [of.at('port'), of.at('endPort')];
  if (!end.isSet) return;
  if (typeof port.value !== 'number') end.refuse('needs a port that is a number');
  else if (end.number(0) < port.value) end.refuse(`is ${end.value}, must not be below port, ${port.value}`);
  else if (end.number(0) > 65_535) end.refuse(`is ${end.value}, the most is 65535`);
}

function peer(of: Field): void {
  const names = ['podSelector', 'namespaceSelector', 'ipBlock'];
  const [first, ...others] = of.set(names);
  if (!first) of.refuse(`has none of ${names.join(', ')}; one is required`);
  others.find(({ key }) => key === 'ipBlock')?.refuse(`cannot be set together with ${first?.key}`);
}

/** The ranges are of IPv4; of IPv6 only the form is looked at. */
function block(of: Field): void {
  const outer = of.at('cidr');
  const whole = (field: Field) => isIPv4(field.text.split('/')[0] ?? '') && !forms.addressRange?.(field.text);
  for (const inner of whole(outer) ? of.at('except').elements.filter(whole) : [])
    if (addressesOf(inner.text).bits <= addressesOf(outer.text).bits || !holds(outer.text, inner.text))
      inner.refuse(`${inner.value} is not inside ${outer.value}`);
}

/** Who reaches whom. */
export const networkingJudges: Readonly<Record<string, FieldJudge>> = {
  'core/ServiceSpec': service,
  'networking/HTTPIngressPath': ingressPath,
  'networking/Ingress': ingress,
  'networking/IngressClassParametersReference': classParameters,
  'networking/IPBlock': block,
  'networking/NetworkPolicyPeer': peer,
  'networking/NetworkPolicyPort': policyPort,
  'networking/NetworkPolicySpec': policy,
  'networking/ServiceBackendPort': servicePort,
};
