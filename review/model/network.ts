import type * as k8s from '@kubernetes/client-node';
import type { Loose } from './kinds';
import type { Steps } from './tree';

type Peer = Loose<k8s.V1NetworkPolicyPeer>;
type Port = Loose<k8s.V1NetworkPolicyPort>;
type Spec = Loose<k8s.V1NetworkPolicySpec>;

/** One rule of a NetworkPolicy: to or from whom, at which ports; no peer is everybody, no port every one. */
export interface Flow {
  readonly direction: 'ingress' | 'egress';
  readonly peers: readonly Peer[];
  readonly ports: readonly Port[];
  /** Where the peers stand in the policy. */
  readonly path: Steps;
}

export function flowsOf(spec: Spec | undefined): Flow[] {
  const flow = (
    direction: Flow['direction'],
    of: string,
    i: number,
    peers: readonly Peer[] = [],
    ports: readonly Port[] = [],
  ) => ({
    direction,
    peers,
    ports,
    path: ['spec', direction, i, of],
  });
  return [
    ...(spec?.ingress ?? []).map(({ from, ports }, i) => flow('ingress', 'from', i, from, ports)),
    ...(spec?.egress ?? []).map(({ to, ports }, i) => flow('egress', 'to', i, to, ports)),
  ];
}

/** The directions of which a policy speaks; what it does not speak of it leaves open. */
export function policyTypesOf(spec: Spec | undefined): readonly string[] {
  return spec?.policyTypes ?? ['Ingress', ...(spec?.egress ? ['Egress'] : [])];
}

/** Whether a range is every address there is, of IPv4 or IPv6. */
export function isAnywhere(cidr = ''): boolean {
  return /^(0\.0\.0\.0|::)\/0$/.test(cidr);
}
