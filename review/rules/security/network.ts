import { holds } from '../../../charts/environments/ranges';
import { prefix } from '../../balancer/annotations';
import { groupsOf, memberOf, portsOf, redirects } from '../../balancer/groups';
import { flowsOf, isAnywhere, policyTypesOf } from '../../model/network';
import { isEmpty, podsOfNamespaces } from '../../model/selection';
import type { Tree } from '../../model/tree';
import { ofKinds, ofTree } from '../../rule-of';

export const defaultDeny = ofTree('default-deny', function* ({ tree }) {
  const closed = closedDirections(tree);
  const open = (namespace: string) =>
    ['Ingress', 'Egress'].filter((each) => !closed.has(`${namespace} ${each}`)).join(' and ');
  for (const manifest of tree.ofKind('Namespace')) {
    const directions = open(manifest.object.metadata.name);
    const message = `nothing closes ${directions} for all its pods`;
    if (directions) yield { manifest, path: ['metadata', 'name'], message };
  }
  for (const [namespace, [first]] of podsOfNamespaces(tree)) {
    const directions = open(namespace);
    if (!directions || !first || tree.find('Namespace', undefined, namespace)) continue;
    const message = `nothing closes ${directions} for all pods of ${namespace}`;
    yield { manifest: first.owner, path: ['metadata', 'namespace'], message };
  }
});

function closedDirections(tree: Tree): ReadonlySet<string> {
  const whole = tree.ofKind('NetworkPolicy').filter(({ object: { spec } }) => isEmpty(spec?.podSelector ?? {}));
  return new Set(
    whole.flatMap(({ object: { metadata, spec } }) =>
      policyTypesOf(spec)
        .filter((type) => !flowsOf(spec).some(({ direction }) => direction === type.toLowerCase()))
        .map((type) => `${metadata.namespace} ${type}`),
    ),
  );
}

/** What `0.0.0.0/0` reaches as well, and what that is. */
const inside = { '169.254.0.0/16': 'the metadata service', '10.0.0.0/8': 'the VPC' };

export const networkPolicyOpen = ofKinds('network-policy-open', ['NetworkPolicy'], function* ({ spec }) {
  for (const { direction, peers, ports, path } of flowsOf(spec)) {
    const rule = path.slice(0, -1);
    if (peers.length === 0) yield [`${direction} without \`${path.at(-1)}\` is for everybody`, ...rule];
    else if (ports.length === 0) yield [`${direction} without ports is every port`, ...rule];
    for (const [i, { ipBlock: { cidr = '', except = [] } = {} }] of peers.entries()) {
      if (!isAnywhere(cidr)) continue;
      const open = Object.entries(inside).find(([range]) => !except.some((each) => holds(each, range)));
      if (direction === 'ingress') yield [`lets in ${cidr}, the whole world`, ...path, i, 'ipBlock'];
      else if (open && !cidr.includes(':'))
        yield [`${cidr} is also ${open[0]}, ${open[1]}`, ...path, i, 'ipBlock'];
    }
  }
});

export const serviceExposed = ofKinds(
  'service-exposed',
  ['Service'],
  function* ({ spec: { type, externalIPs = [] } = {} }) {
    if (type === 'NodePort' || type === 'LoadBalancer') yield [`is ${type}`, 'spec', 'type'];
    if (externalIPs.length > 0) yield [`takes the traffic of ${externalIPs.join(', ')}`, 'spec', 'externalIPs'];
  },
);

export const ingressTls = ofTree('ingress-tls', function* ({ tree }) {
  for (const manifest of tree.ofKind('Ingress'))
    if (!memberOf(tree, manifest) && (manifest.object.spec?.tls ?? []).length === 0)
      yield { manifest, path: ['spec'], message: 'has no `tls`' };
  for (const group of groupsOf(tree))
    for (const member of group.members) {
      const ports = [...portsOf(member)];
      const path = [...member.path, `${prefix}listen-ports`];
      const open = ports.flatMap(([port, protocol]) => (protocol === 'HTTP' ? [port] : []));
      if (open.length === ports.length && open.length > 0)
        yield { manifest: member.manifest, path, message: `listens on ${open.join(', ')} without TLS` };
      else if (open.length > 0 && !redirects(group))
        yield { manifest: member.manifest, path, message: 'answers on plain HTTP too, without `ssl-redirect`' };
    }
});

export const ingressNginx = ofKinds(
  'ingress-nginx',
  ['IngressClass', 'Ingress'],
  function* ({ metadata, spec = {} }) {
    if ('controller' in spec && spec.controller === 'k8s.io/ingress-nginx')
      yield ['is ingress-nginx', 'spec', 'controller'];
    for (const key of Object.keys(metadata.annotations ?? {}))
      if (key.startsWith('nginx.ingress.kubernetes.io/'))
        yield ['is for ingress-nginx', 'metadata', 'annotations', key];
  },
);
