import { addOns } from '../../environments/add-ons';
import type { Settings } from '../../settings';
import { helmResources, helmSpread, priorityClassName, restrictedContainer, restrictedPod } from './helm-parts';

const controller = addOns['aws-load-balancer-controller'].workloads['aws-load-balancer-controller'];

/** Makes load balancers of Ingresses, and gates on which a pod of a canary waits until it is a target. */
export function awsLoadBalancerController({ cluster, outputs }: Settings): object {
  return {
    clusterName: cluster.name,
    region: cluster.region,
    vpcId: outputs.vpc_id,
    // The tags of load balancers and target groups, for the bill.
    defaultTags: cluster.aws.tags,
    serviceAccount: { name: 'aws-load-balancer-controller' },
    replicaCount: controller.replicas,
    priorityClassName,
    resources: helmResources(controller.resources),
    podSecurityContext: restrictedPod,
    securityContext: restrictedContainer,
    podDisruptionBudget: { maxUnavailable: 1 },
    topologySpreadConstraints: helmSpread('aws-load-balancer-controller'),
    // A pod of the canary without its gate would count as ready before the load balancer sends to it; better none.
    podMutatorWebhookConfig: { failurePolicy: 'Fail' },
    objectSelector: { matchLabels: { app: cluster.system.prefix } },
    // The classes and their parameters are ours, in dist/cluster/classes.
    createIngressClassResource: false,
    // The deprecated annotation would get round IngressClassParams, which say who may use a class.
    disableIngressClassAnnotation: true,
    // Only Ingresses: without these no Service becomes a load balancer, and no webhook sees every Service.
    enableServiceMutatorWebhook: false,
    controllerConfig: {
      featureGates: {
        EnableServiceController: false,
        ALBGatewayAPI: false,
        NLBGatewayAPI: false,
        GatewayListenerSet: false,
        GlobalAcceleratorController: false,
      },
    },
    // Not used, so its role needs no permission for them.
    enableShield: false,
    enableWaf: false,
    enableWafv2: false,
  };
}
