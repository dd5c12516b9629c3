import { addOns } from '../../environments/add-ons';
import {
  helmResources,
  helmSpread,
  oneAtATime,
  priorityClassName,
  restrictedContainer,
  restrictedPod,
} from './helm-parts';

const { workloads } = addOns['external-secrets'];
const controller = workloads['external-secrets'];
const webhook = workloads['external-secrets-webhook'];
const certificates = workloads['external-secrets-cert-controller'];

/** Makes Secrets from AWS Secrets Manager: one SecretStore a namespace, and nothing that reaches over namespaces. */
export function externalSecrets(): object {
  const pod = { priorityClassName, podSecurityContext: restrictedPod, securityContext: restrictedContainer };
  return {
    // Each kind that is not used is taken away together with its controller.
    crds: {
      createClusterSecretStore: false,
      createClusterExternalSecret: false,
      createClusterGenerator: false,
      createClusterPushSecret: false,
      createPushSecret: false,
    },
    processClusterStore: false,
    processClusterExternalSecret: false,
    processClusterGenerator: false,
    processClusterPushSecret: false,
    processPushSecret: false,
    // A store logs in as the controller's own pod (Pod Identity) and then assumes its role.
    rbac: { serviceAccountTokenCreate: false },
    serviceAccount: { name: 'external-secrets' },
    ...pod,
    replicaCount: controller.replicas,
    leaderElect: true,
    resources: helmResources(controller.resources),
    podDisruptionBudget: oneAtATime,
    livenessProbe: { enabled: true },
    readinessProbe: { enabled: true },
    global: { topologySpreadConstraints: helmSpread() },
    webhook: {
      ...pod,
      replicaCount: webhook.replicas,
      resources: helmResources(webhook.resources),
      podDisruptionBudget: oneAtATime,
    },
    certController: {
      ...pod,
      replicaCount: certificates.replicas,
      resources: helmResources(certificates.resources),
    },
  };
}
