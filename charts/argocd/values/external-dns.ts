import { addOns } from '../../environments/add-ons';
import type { Settings } from '../../settings';
import { priorityClassName, resources, restrictedContainer, restrictedPod } from './common';

const { resources: size } = addOns['external-dns'].workloads['external-dns'];

/** Points the hosts of Ingresses at their load balancers, in Route 53. */
export function externalDns({ cluster }: Settings): object {
  return {
    provider: { name: 'aws' },
    sources: ['ingress'],
    // And what is below it: the internal names, in the private zone.
    domainFilters: [cluster.aws.dns.zone],
    // Removes a record with its Ingress, but only one that its own TXT record says is this cluster's.
    policy: 'sync',
    registry: 'txt',
    txtOwnerId: cluster.name,
    // Without a prefix the TXT record of the apex would stand outside the zone. A change would orphan every record.
    txtPrefix: '_externaldns-%{record_type}.',
    triggerLoopOnEvent: true,
    logFormat: 'json',
    env: [{ name: 'AWS_REGION', value: cluster.region }],
    serviceAccount: { name: 'external-dns' },
    priorityClassName,
    resources: resources(size),
    podSecurityContext: restrictedPod,
    securityContext: restrictedContainer,
  };
}
