import { addOns } from '../../environments/add-ons';
import type { Cluster } from '../../environments/environment';
import { internalClass } from '../../environments/load-balancers';
import { previewClass } from '../../environments/previews';
import type { Settings } from '../../settings';
import { helmResources, priorityClassName, restrictedContainer, restrictedPod } from './helm-parts';

const { release, workloads } = addOns['external-dns'];
const half = helmResources(workloads['external-dns'].container);

/**
 * Points the hosts of Ingresses at their load balancers, in Route 53.
 *
 * Two instances, one for each kind of zone: a single one writes a name to every private zone that it fits in and to the best
 * public one besides (`suitableZones` in its provider/aws/aws.go), and so tells the world what is inside.
 */
export function externalDns({ cluster }: Settings): object {
  const { zone, internalZone } = cluster.aws.dns;
  const classes = [...Object.keys(cluster.loadBalancer.public), ...(cluster.preview ? [previewClass] : [])];
  const env = [{ name: 'AWS_REGION', value: cluster.region }];
  return {
    provider: { name: 'aws' },
    sources: ['ingress'],
    domainFilters: [zone],
    excludeDomains: [internalZone],
    extraArgs: { 'aws-zone-type': 'public', 'ingress-class': classes },
    // Removes a record with its Ingress, but only one that its own TXT record says is this cluster's.
    policy: 'sync',
    registry: 'txt',
    txtOwnerId: cluster.name,
    txtPrefix,
    triggerLoopOnEvent: true,
    logFormat: 'json',
    env,
    extraContainers: [
      {
        name: 'internal',
        image: `registry.k8s.io/external-dns/external-dns:${release}`,
        imagePullPolicy: 'IfNotPresent',
        args: internalArguments(cluster),
        env,
        livenessProbe: probe(2),
        readinessProbe: probe(6),
        resources: half,
        securityContext: restrictedContainer,
      },
    ],
    serviceAccount: { name: 'external-dns' },
    priorityClassName,
    resources: half,
    podSecurityContext: restrictedPod,
    securityContext: restrictedContainer,
  };
}

// Without a prefix the TXT record of the apex would stand outside the zone. A change would orphan every record.
const txtPrefix = '_externaldns-%{record_type}.';
/** The chart's own container has 7979. */
const metrics = 7980;

/** As the chart writes them for its own container. */
function internalArguments({ name, aws }: Cluster): string[] {
  return [
    '--provider=aws',
    '--aws-zone-type=private',
    `--ingress-class=${internalClass}`,
    `--domain-filter=${aws.dns.internalZone}`,
    '--source=ingress',
    '--policy=sync',
    '--registry=txt',
    `--txt-owner-id=${name}`,
    `--txt-prefix=${txtPrefix}`,
    '--interval=1m',
    '--events',
    '--log-level=info',
    '--log-format=json',
    `--metrics-address=:${metrics}`,
  ];
}

/** The chart's own, at the other port. */
function probe(failureThreshold: number) {
  return {
    httpGet: { path: '/healthz', port: metrics },
    initialDelaySeconds: failureThreshold === 2 ? 10 : 5,
    periodSeconds: 10,
    timeoutSeconds: 5,
    failureThreshold,
  };
}
