import { ApiObject, Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { AppProject } from '../../imports/app-project-argoproj.io';
import type { Output } from '../app';
import { isClusterScoped } from '../constructs/cluster-scoped';
import { wave } from '../constructs/sync-wave';
import { addOns } from '../environments/add-ons';
import type { Settings } from '../settings';
import { namespace, server } from './delivery';

/**
 * Argo CD does not touch what a project no longer allows. So a project shrinks after the Applications that are gone have
 * deleted their objects, and ends last.
 */
const afterApplications = { ...wave('workload'), 'argocd.argoproj.io/sync-options': 'PruneLast=true' };

/** What each environment may contain: this repository, its own namespaces, and the kinds its charts have, no other. */
export class ProjectsChart extends Chart {
  constructor(scope: Construct, id: string, settings: Settings, outputs: readonly Output[]) {
    super(scope, id, { namespace, disableResourceNameHashes: true });
    for (const { app, environment } of outputs) {
      const objects = app.node.findAll().filter((construct) => ApiObject.isApiObject(construct)) as ApiObject[];
      const namespaces = unique((app.charts as Chart[]).flatMap((chart) => chart.namespace ?? []));
      new AppProject(this, environment as string, {
        metadata: { name: environment as string, annotations: afterApplications },
        spec: {
          description: `The charts of dist/${environment}`,
          sourceRepos: [settings.cluster.delivery.repository],
          destinations: (namespaces.length > 0 ? namespaces : [namespace]).map((name) => ({
            server,
            namespace: name,
          })),
          clusterResourceWhitelist: kinds(objects.filter(isClusterScoped), true),
          namespaceResourceWhitelist: kinds(
            objects.filter((object) => !isClusterScoped(object)),
            false,
          ),
        },
      });
    }
    new AppProject(this, 'add-ons', {
      metadata: { name: 'add-ons', annotations: afterApplications },
      spec: {
        description: 'Pinned upstream charts that the cluster itself needs',
        sourceRepos: unique(Object.values(addOns).map(({ repository }) => repository)),
        destinations: unique(Object.values(addOns).map((addOn) => addOn.namespace)).map((name) => ({
          server,
          namespace: name,
        })),
        // Operators define kinds, and may do what those need anywhere.
        clusterResourceWhitelist: [
          { group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition' },
          { group: 'rbac.authorization.k8s.io', kind: 'ClusterRole' },
          { group: 'rbac.authorization.k8s.io', kind: 'ClusterRoleBinding' },
          { group: 'admissionregistration.k8s.io', kind: 'MutatingWebhookConfiguration' },
          { group: 'admissionregistration.k8s.io', kind: 'ValidatingWebhookConfiguration' },
          { group: '', kind: 'Namespace' },
        ],
        namespaceResourceWhitelist: [
          { group: '', kind: 'ConfigMap' },
          { group: '', kind: 'Secret' },
          { group: '', kind: 'Service' },
          { group: '', kind: 'ServiceAccount' },
          { group: 'apps', kind: 'Deployment' },
          { group: 'apps', kind: 'StatefulSet' },
          { group: 'batch', kind: 'Job' },
          { group: 'networking.k8s.io', kind: 'Ingress' },
          { group: 'networking.k8s.io', kind: 'NetworkPolicy' },
          { group: 'policy', kind: 'PodDisruptionBudget' },
          { group: 'rbac.authorization.k8s.io', kind: 'Role' },
          { group: 'rbac.authorization.k8s.io', kind: 'RoleBinding' },
        ],
      },
    });
  }
}

/** A cluster-scoped object is allowed by its name, so that a project cannot take over another's. */
function kinds(objects: readonly ApiObject[], byName: boolean) {
  const each = new Map<string, { group: string; kind: string; name?: string }>();
  for (const { apiGroup, kind, name } of objects) {
    const group = apiGroup === 'core' ? '' : apiGroup;
    const entry = { group, kind, ...(byName && { name }) };
    each.set(JSON.stringify(entry), entry);
  }
  return [...each.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
