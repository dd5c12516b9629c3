import { addOns } from '../../environments/add-ons';
import { jenkinsNamespace } from '../../environments/namespaces';

import type { Settings } from '../../settings';
import {
  helmResources,
  helmSpread,
  oneAtATime,
  priorityClassName,
  restrictedContainer,
  restrictedPod,
} from './helm-parts';

const { reloader: controller } = addOns.reloader.workloads;

/** Where something asks to be restarted; its chart gives it a role in each of them. */
export function reloadedNamespaces({ cluster, sites }: Pick<Settings, 'cluster' | 'sites'>): string[] {
  return [...sites.map(({ environment }) => environment.namespace), jenkinsNamespace, cluster.datadog.namespace];
}

/** Restarts what reads a Secret or ConfigMap as its environment, once it asks for that by annotation. */
export function reloader(settings: Settings): object {
  return {
    // Else `reloader-reloader`.
    fullnameOverride: 'reloader',
    reloader: {
      // It reads every Secret where it watches: so only here, by a Role in each, and not in the whole cluster.
      watchGlobally: false,
      namespaces: reloadedNamespaces(settings),
      // By default it sets a variable of a container, which Argo CD takes away again; an annotation stays.
      reloadStrategy: 'annotations',
      isArgoRollouts: true,
      // A finished Job is not repeated, and the next run of a CronJob reads the new value anyway.
      ignoreJobs: true,
      ignoreCronJobs: true,
      logFormat: 'json',
      // Leader election, without which two would restart everything twice.
      enableHA: true,
      readOnlyRootFileSystem: true,
      deployment: {
        replicas: controller.replicas,
        priorityClassName,
        resources: helmResources(controller.resources),
        securityContext: restrictedPod,
        containerSecurityContext: restrictedContainer,
        topologySpreadConstraints: helmSpread('reloader'),
      },
      podDisruptionBudget: oneAtATime,
      serviceAccount: { name: 'reloader' },
    },
  };
}
