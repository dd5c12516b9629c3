import { addOns } from '../../environments/add-ons';
import { publicClass } from '../../environments/load-balancers';
import type { Settings } from '../../settings';
import {
  helmResources,
  helmSpread,
  oneAtATime,
  priorityClassName,
  restrictedContainer,
  restrictedPod,
} from './helm-parts';

const controller = addOns['argo-rollouts'].workloads['argo-rollouts'];

/** Where it tells of itself, by its own default; Datadog's agent of the node reads that. */
export const rolloutsMetricsPort = 8090;

/** Runs canaries, and goes on with one only when AWS says that requests go where the Ingress sends them. */
export function argoRollouts({ cluster, sites }: Settings): object {
  const classes = new Set(sites.map(({ environment }) => publicClass(cluster, environment.namespace)));
  return {
    controller: {
      // More than one makes the chart add leader election.
      replicas: controller.replicas,
      priorityClassName,
      resources: helmResources(controller.resources),
      pdb: oneAtATime,
      topologySpreadConstraints: helmSpread(),
      logging: { format: 'json' },
      podAnnotations: {
        'ad.datadoghq.com/argo-rollouts.checks': JSON.stringify({
          argo_rollouts: {
            instances: [{ openmetrics_endpoint: `http://%%host%%:${rolloutsMetricsPort}/metrics` }],
          },
        }),
      },
      // The weight in an Ingress is a wish: the load balancer controller may be slow, down, or refuse the whole group. With
      // this a step waits for the weight at AWS, and the old pods for the new ones to be targets (docs/decisions/0023).
      awsVerifyTargetGroup: true,
      // Otherwise `alb` alone.
      extraArgs: [...classes].map((name) => `--alb-ingress-classes=${name}`),
      extraEnv: [
        // Without it the SDK has no address to ask. Its role is that of its ServiceAccount (terraform-bridge/identities.ts).
        { name: 'AWS_REGION', value: cluster.region },
        // About a minute: AWS says no to three in a row when many ask at once.
        { name: 'AWS_MAX_ATTEMPTS', value: '10' },
      ],
    },
    serviceAccount: { name: 'argo-rollouts' },
    podSecurityContext: restrictedPod,
    containerSecurityContext: restrictedContainer,
    // The chart lets it write the objects of every mesh there is. The load balancer controller's are read: its
    // TargetGroupBindings say which target group a Service has.
    providerRBAC: {
      providers: {
        awsLoadBalancerController: true,
        ambassador: false,
        apisix: false,
        awsAppMesh: false,
        contour: false,
        gatewayAPI: false,
        glooPlatform: false,
        istio: false,
        smi: false,
        traefik: false,
      },
    },
  };
}
