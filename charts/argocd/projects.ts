import { ApiObject, Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { AppProject } from '../../imports/app-project-argoproj.io';
import type { ChartFolder } from '../chart-folder';
import { isClusterScoped } from '../constructs/cluster-scoped';
import { wave } from '../constructs/sync-wave';
import { deliveredAddOns } from '../environments/add-ons';
import { argoCdNamespace } from '../environments/namespaces';
import { asPattern } from '../previews';
import { type Settings, SettingsError } from '../settings';
import { ownCluster, previewProject } from './application-spec';
import { type AllowedKind, judgeLeaving, type Leaving, leaving, normalised } from './leaving';
import { scaledNamespaces } from './values/keda';
import { reloadedNamespaces } from './values/reloader';

/**
 * Argo CD does not touch what a project no longer allows. So a project shrinks after the Applications that are gone have
 * deleted their objects, and ends last.
 */
const afterApplications = { ...wave('workload'), 'argocd.argoproj.io/sync-options': 'PruneLast=true' };

/** What each environment may contain: this repository, its own namespaces, and the kinds its charts have, no other. */
export class ProjectsChart extends Chart {
  /**
   * @param example a preview; all of them share a project, which stays, so that none has to wait for the end of its own
   * @param gone what has left the charts and is still to be deleted, by project
   * @throws SettingsError with every entry of it that no project would heed
   */
  constructor(
    scope: Construct,
    id: string,
    settings: Settings,
    folders: readonly ChartFolder[],
    gone: Leaving = leaving,
    example?: ChartFolder,
  ) {
    super(scope, id, { namespace: argoCdNamespace, disableResourceNameHashes: true });
    const problems = judgeLeaving(gone, [
      ...folders.map(({ environment }) => environment as string),
      ...(example ? [previewProject] : []),
    ]);
    if (problems.length > 0) throw new SettingsError(problems);
    for (const { app, environment, preview } of [...folders, ...(example ? [example] : [])]) {
      const name = preview ? previewProject : (environment as string);
      const objects = app.node.findAll().filter((construct) => ApiObject.isApiObject(construct)) as ApiObject[];
      const last = (gone[name] ?? []).map(normalised);
      const namespaces = unique((app.charts as Chart[]).flatMap((chart) => chart.namespace ?? [])).map(asPattern);
      new AppProject(this, name, {
        metadata: { name, annotations: afterApplications },
        spec: {
          description: `The charts of dist/${asPattern(environment as string)}`,
          sourceRepos: [settings.cluster.delivery.repository],
          destinations: (namespaces.length > 0 ? namespaces : [argoCdNamespace]).map((name) => ({
            server: ownCluster,
            namespace: name,
          })),
          clusterResourceWhitelist: sorted([
            ...kinds(objects.filter(isClusterScoped), true),
            ...last.filter(({ name }) => name),
          ]),
          namespaceResourceWhitelist: sorted([
            ...kinds(
              objects.filter((object) => !isClusterScoped(object)),
              false,
            ),
            ...last.filter(({ name }) => !name),
          ]),
        },
      });
    }
    const addOns = deliveredAddOns(settings.sites.map(({ environment }) => environment)).map(([, addOn]) => addOn);
    const scaled = scaledNamespaces(settings);
    new AppProject(this, 'add-ons', {
      metadata: { name: 'add-ons', annotations: afterApplications },
      spec: {
        description: 'Pinned upstream charts that the cluster itself needs',
        sourceRepos: unique(addOns.map(({ repository }) => repository)),
        // KEDA and Reloader have a role in each namespace they work in, instead of one for the whole cluster.
        destinations: unique([
          ...addOns.map((addOn) => addOn.namespace),
          ...scaled,
          ...reloadedNamespaces(settings),
        ]).map((name) => ({ server: ownCluster, namespace: name })),
        // Operators define kinds, and may do what those need anywhere.
        clusterResourceWhitelist: [
          { group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition' },
          { group: 'rbac.authorization.k8s.io', kind: 'ClusterRole' },
          { group: 'rbac.authorization.k8s.io', kind: 'ClusterRoleBinding' },
          { group: 'admissionregistration.k8s.io', kind: 'MutatingWebhookConfiguration' },
          { group: 'admissionregistration.k8s.io', kind: 'ValidatingWebhookConfiguration' },
          { group: '', kind: 'Namespace' },
          // By name: another one could answer for the whole API.
          ...(scaled.length > 0
            ? [{ group: 'apiregistration.k8s.io', kind: 'APIService', name: 'v1beta1.external.metrics.k8s.io' }]
            : []),
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
function kinds(objects: readonly ApiObject[], byName: boolean): AllowedKind[] {
  return objects.map(({ apiGroup, kind, name }) => ({
    group: apiGroup === 'core' ? '' : apiGroup,
    kind,
    ...(byName && { name: asPattern(name) }),
  }));
}

/** Each once. */
function sorted(allowed: readonly AllowedKind[]): AllowedKind[] {
  const each = new Map(allowed.map((entry) => [JSON.stringify(entry), entry]));
  return [...each.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
