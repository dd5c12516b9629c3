import type { Rule } from '../rule';
import { lowUser, readOnlyRoot, secretInEnvironment, sshPort } from './security/containers';
import {
  defaultNamespace,
  defaultServiceAccount,
  deprecatedServiceAccount,
  serviceAccountToken,
} from './security/identity';
import { imageDigest, imagePullPolicy, imageRegistry, imageTag } from './security/images';
import { literalSecret } from './security/literal-secret';
import { defaultDeny, ingressNginx, ingressTls, networkPolicyOpen, serviceExposed } from './security/network';
import {
  capabilitiesKept,
  escalation,
  hostNamespaces,
  hostPath,
  podSecurity,
  podSecurityLabel,
  podSecurityTooLow,
  privileged,
  runsAsRoot,
  systemCalls,
} from './security/pod-security';
import {
  rbacBinding,
  rbacCreatePods,
  rbacEscalation,
  rbacExec,
  rbacNodesProxy,
  rbacSecrets,
  rbacTokens,
  rbacVolumes,
  rbacWebhooks,
  rbacWildcard,
} from './security/rights';

/** Nobody may do more than is needed: not a pod, not a program's account, not who reads the repository. */
export const security: readonly Rule[] = [
  podSecurity,
  podSecurityLabel,
  podSecurityTooLow,
  privileged,
  hostNamespaces,
  hostPath,
  capabilitiesKept,
  runsAsRoot,
  escalation,
  systemCalls,
  readOnlyRoot,
  lowUser,
  sshPort,
  serviceAccountToken,
  defaultServiceAccount,
  deprecatedServiceAccount,
  rbacBinding,
  rbacWildcard,
  rbacSecrets,
  rbacExec,
  rbacCreatePods,
  rbacEscalation,
  rbacNodesProxy,
  rbacWebhooks,
  rbacTokens,
  rbacVolumes,
  literalSecret,
  secretInEnvironment,
  imageRegistry,
  imageTag,
  imageDigest,
  imagePullPolicy,
  defaultDeny,
  networkPolicyOpen,
  serviceExposed,
  ingressTls,
  ingressNginx,
  defaultNamespace,
];
