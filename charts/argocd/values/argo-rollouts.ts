import { addOns } from '../../environments/add-ons';
import { oneAtATime, priorityClassName, resources, restrictedContainer, restrictedPod, spread } from './common';

const controller = addOns['argo-rollouts'].workloads['argo-rollouts'];

/** Where it tells of itself, by its own default; Datadog's agent of the node reads that. */
export const metricsPort = 8090;

/** Runs canaries. It watches Ingresses of class `alb`, its default; no Rollout has one of another class. */
export function argoRollouts(): object {
  return {
    controller: {
      // More than one makes the chart add leader election.
      replicas: controller.replicas,
      priorityClassName,
      resources: resources(controller.resources),
      pdb: oneAtATime,
      topologySpreadConstraints: spread(),
      logging: { format: 'json' },
      podAnnotations: {
        'ad.datadoghq.com/argo-rollouts.checks': JSON.stringify({
          argo_rollouts: { instances: [{ openmetrics_endpoint: `http://%%host%%:${metricsPort}/metrics` }] },
        }),
      },
    },
    podSecurityContext: restrictedPod,
    containerSecurityContext: restrictedContainer,
    // The chart lets it write the objects of every mesh there is.
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
