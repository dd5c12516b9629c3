import type { Rule } from '../rule';
import { applicationNamespace, applicationProject, ignoredObject } from './references/applications';
import { analysisTemplate, rolloutServices, secretStore, triggerAuthentication } from './references/delivery';
import { balancerPort, classAdmits, ingressBackend } from './references/ingresses';
import {
  bindingExists,
  claimExists,
  classExists,
  namespaceExists,
  serviceAccountExists,
} from './references/names';
import { serviceOneWorkload, servicePort, serviceSelectsPods, statefulSetService } from './references/services';
import { budgetTarget, networkPolicyPeer, networkPolicyTarget, scalerTarget } from './references/targets';
import { configMapExists, secretExists } from './references/values';
import { probePort, selectorMatchesTemplate, selectorOverlap, volumeMount } from './references/workloads';

/** What one object names of another exists. */
export const references: readonly Rule[] = [
  selectorMatchesTemplate,
  selectorOverlap,
  serviceSelectsPods,
  serviceOneWorkload,
  servicePort,
  statefulSetService,
  ingressBackend,
  balancerPort,
  classAdmits,
  scalerTarget,
  budgetTarget,
  networkPolicyTarget,
  networkPolicyPeer,
  configMapExists,
  secretExists,
  serviceAccountExists,
  claimExists,
  classExists,
  volumeMount,
  probePort,
  rolloutServices,
  analysisTemplate,
  secretStore,
  triggerAuthentication,
  bindingExists,
  namespaceExists,
  applicationProject,
  applicationNamespace,
  ignoredObject,
];
