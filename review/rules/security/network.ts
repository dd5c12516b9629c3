import { prefix } from '../../balancer/annotations';
import { groupsOf, memberOf, portsOf, redirects } from '../../balancer/groups';
import { podsOfNamespaces } from '../../model/selection';
import type { Tree } from '../../model/tree';
import type { Rule } from '../../rule';

export const defaultDeny: Rule = {
  id: 'default-deny',
  level: 'high',
  title: 'Every namespace is closed in both directions, until a policy opens it.',
  why: 'Without a policy every pod reaches every other one, the database of another environment and the metadata service of the node.',
  fix: 'Add a NetworkPolicy with an empty `podSelector`, both `policyTypes` and no rule (charts/constructs/network-policy.ts).',
  *check({ tree }) {
    const closed = closedDirections(tree);
    for (const manifest of tree.ofKind('Namespace')) {
      const open = ['Ingress', 'Egress'].filter((each) => !closed.has(`${manifest.object.metadata.name} ${each}`));
      if (open.length > 0)
        yield {
          manifest,
          path: ['metadata', 'name'],
          message: `nothing closes ${open.join(' and ')} for all its pods`,
        };
    }
    for (const [namespace, [first]] of podsOfNamespaces(tree)) {
      if (tree.find('Namespace', undefined, namespace) || !first) continue;
      const open = ['Ingress', 'Egress'].filter((each) => !closed.has(`${namespace} ${each}`));
      if (open.length > 0)
        yield {
          manifest: first.owner,
          path: ['metadata', 'namespace'],
          message: `nothing closes ${open.join(' and ')} for all pods of ${namespace}`,
        };
    }
  },
};

function closedDirections(tree: Tree): ReadonlySet<string> {
  const closed = new Set<string>();
  for (const { object } of tree.ofKind('NetworkPolicy')) {
    const { podSelector = {}, policyTypes, ingress = [], egress = [] } = object.spec ?? {};
    if (Object.keys(podSelector.matchLabels ?? {}).length + (podSelector.matchExpressions ?? []).length > 0)
      continue;
    const types: string[] = policyTypes ?? ['Ingress', ...(object.spec?.egress ? ['Egress'] : [])];
    for (const type of types)
      if ((type === 'Ingress' ? ingress : egress).length === 0) closed.add(`${object.metadata.namespace} ${type}`);
  }
  return closed;
}

const anywhere = /^(0\.0\.0\.0|::)\/0$/;
const metadataService = '169.254.0.0/16';

export const networkPolicyOpen: Rule = {
  id: 'network-policy-open',
  level: 'high',
  title:
    'No NetworkPolicy opens everything: it names peers and ports, and the world only without what is private.',
  why: 'A rule without peers, or without ports, opens more than its author meant. Out to 0.0.0.0/0 is also the metadata service, with the credentials of the node, and every database.',
  fix: 'Name peers and ports; from 0.0.0.0/0 except the private ranges and 169.254.0.0/16 (charts/constructs/network-policy.ts).',
  *check({ tree }) {
    for (const manifest of tree.ofKind('NetworkPolicy'))
      for (const [direction, peersOf] of [
        ['ingress', 'from'],
        ['egress', 'to'],
      ] as const)
        for (const [i, rule] of (manifest.object.spec?.[direction] ?? []).entries()) {
          const { ports = [], [peersOf]: peers = [] } = rule ?? {};
          const path = ['spec', direction, i];
          if (peers.length === 0)
            yield { manifest, path, message: `${direction} without \`${peersOf}\` is for everybody` };
          else if (ports.length === 0)
            yield { manifest, path, message: `${direction} without ports is every port` };
          for (const [j, { ipBlock }] of peers.entries()) {
            if (!anywhere.test(ipBlock?.cidr ?? '')) continue;
            const at = [...path, peersOf, j, 'ipBlock'];
            if (direction === 'ingress')
              yield { manifest, path: at, message: `lets in ${ipBlock.cidr}, the whole world` };
            else if (!ipBlock.cidr.includes(':') && !excludes(ipBlock.except ?? [], metadataService))
              yield {
                manifest,
                path: at,
                message: `${ipBlock.cidr} is also ${metadataService}, the metadata service`,
              };
            else if (!ipBlock.cidr.includes(':') && !excludes(ipBlock.except ?? [], '10.0.0.0/8'))
              yield { manifest, path: at, message: `${ipBlock.cidr} is also 10.0.0.0/8, the VPC` };
          }
        }
  },
};

/** Only as it is usually written: the range itself, or one that holds it by a shorter prefix of the same first byte. */
function excludes(except: readonly string[], range: string): boolean {
  const [address = '', size = ''] = range.split('/');
  return except.some((each) => {
    const [of = '', bits = ''] = each.split('/');
    return of.split('.')[0] === address.split('.')[0] && Number(bits) <= Number(size);
  });
}

export const serviceExposed: Rule = {
  id: 'service-exposed',
  level: 'high',
  title: 'A Service is reached from outside through an Ingress only.',
  why: 'A LoadBalancer is one more public address, without the TLS, the logs and the security group of the shared one; a NodePort is open on every node.',
  fix: 'Use ClusterIP, and a path of the Ingress.',
  *check({ tree }) {
    for (const manifest of tree.ofKind('Service')) {
      const { type = 'ClusterIP', externalIPs = [] } = manifest.object.spec ?? {};
      if (type === 'NodePort' || type === 'LoadBalancer')
        yield { manifest, path: ['spec', 'type'], message: `is ${type}` };
      if (externalIPs.length > 0)
        yield {
          manifest,
          path: ['spec', 'externalIPs'],
          message: `takes the traffic of ${externalIPs.join(', ')}`,
        };
    }
  },
};

export const ingressTls: Rule = {
  id: 'ingress-tls',
  level: 'high',
  title: 'Every Ingress speaks TLS, and answers plain HTTP with a redirect only.',
  why: 'A session cookie that travels once without TLS can be read and used by whoever is in between.',
  fix: 'Listen on HTTPS with `ssl-redirect`, or on HTTPS alone; with another controller set `spec.tls`.',
  *check({ tree }) {
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
  },
};

export const ingressNginx: Rule = {
  id: 'ingress-nginx',
  level: 'high',
  title: 'Nothing uses ingress-nginx.',
  why: 'It has had no release since March 2026, and its snippets put the text of an annotation into the configuration of a program that may read every Secret (CVE-2021-25742).',
  fix: 'Use class `alb` of this cluster.',
  *check({ tree }) {
    for (const manifest of tree.ofKind('IngressClass'))
      if (manifest.object.spec?.controller === 'k8s.io/ingress-nginx')
        yield { manifest, path: ['spec', 'controller'], message: 'is ingress-nginx' };
    for (const manifest of tree.ofKind('Ingress'))
      for (const key of Object.keys(manifest.object.metadata.annotations ?? {}))
        if (key.startsWith('nginx.ingress.kubernetes.io/'))
          yield { manifest, path: ['metadata', 'annotations', key], message: 'is for ingress-nginx' };
  },
};
