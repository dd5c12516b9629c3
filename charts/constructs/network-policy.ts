import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { wave } from './sync-wave';

export type PodLabels = Readonly<Record<string, string>>;

/** Who a rule is about: a range of addresses, or pods, of this namespace or another. */
export type Peer =
  | { readonly cidr: string; readonly except?: string[] }
  | { readonly pods: PodLabels; readonly namespace?: string };

export interface TrafficRule {
  readonly peers: readonly Peer[];
  readonly port: number;
  readonly protocols?: readonly ('TCP' | 'UDP')[];
}

export interface NetworkPolicyProps {
  readonly name: string;
  /** The pods it is about; all of the namespace when empty. */
  readonly pods: PodLabels;
  readonly from?: readonly TrafficRule[];
  readonly to?: readonly TrafficRule[];
}

/** The internet, and not anything inside: ranges of private and link-local addresses are left out. */
export const internet: Peer = {
  cidr: '0.0.0.0/0',
  except: ['10.0.0.0/8', '100.64.0.0/10', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'],
};

/** EKS Pod Identity's agent on every node, where the AWS SDK gets its credentials; its port is 80. */
export const podIdentity: TrafficRule = { peers: [{ cidr: '169.254.170.23/32' }], port: 80 };

/**
 * The API server. The VPC CNI judges a packet before its address is translated, other implementations after: so the
 * address of its Service, the first of the range, and those of its interfaces, which are in the private subnets.
 */
export function apiServer(services: string, privateSubnets: readonly string[]): TrafficRule {
  const first = services.replace(/\d{1,3}\/\d{1,2}$/, '1/32');
  return { peers: [first, ...privateSubnets].map((cidr) => ({ cidr })), port: 443 };
}

/** Opens what is named. What no policy names is closed by the namespace's default-deny. */
export function openNetwork(scope: Construct, id: string, props: NetworkPolicyProps): void {
  new kplus.k8s.KubeNetworkPolicy(scope, id, {
    metadata: { name: props.name, annotations: wave('prerequisites') },
    spec: {
      podSelector: { matchLabels: props.pods },
      policyTypes: [...(props.from ? ['Ingress'] : []), ...(props.to ? ['Egress'] : [])],
      ingress: props.from?.map((rule) => ({ from: rule.peers.map(peer), ports: ports(rule) })),
      egress: props.to?.map((rule) => ({ to: rule.peers.map(peer), ports: ports(rule) })),
    },
  });
}

function ports({ port, protocols = ['TCP'] }: TrafficRule): kplus.k8s.NetworkPolicyPort[] {
  return protocols.map((protocol) => ({ port: kplus.k8s.IntOrString.fromNumber(port), protocol }));
}

function peer(of: Peer): kplus.k8s.NetworkPolicyPeer {
  if ('cidr' in of) return { ipBlock: { cidr: of.cidr, except: of.except } };
  return {
    podSelector: { matchLabels: of.pods },
    namespaceSelector: of.namespace ? { matchLabels: { 'kubernetes.io/metadata.name': of.namespace } } : undefined,
  };
}

/** Closes a namespace in both directions, but for names being looked up. */
export function closeNetwork(scope: Construct): void {
  new kplus.k8s.KubeNetworkPolicy(scope, 'default-deny', {
    metadata: { name: 'default-deny' },
    spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
  });
  openNetwork(scope, 'dns', {
    name: 'dns',
    pods: {},
    to: [
      {
        peers: [{ pods: { 'k8s-app': 'kube-dns' }, namespace: 'kube-system' }],
        port: 53,
        protocols: ['UDP', 'TCP'],
      },
    ],
  });
}
