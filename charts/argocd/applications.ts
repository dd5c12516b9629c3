import { ApiObject, Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { Application } from '../../imports/application-argoproj.io';
import type { ApplicationOptions } from '../application-options';
import type { ChartFolder } from '../chart-folder';
import { systemLabel } from '../constructs/system';
import { argoCdNamespace } from '../environments/namespaces';
import type { Settings } from '../settings';
import { notices, ownCluster, previewProject, source, syncPolicy } from './application-spec';

/** One Application per chart folder, from the list the charts are made of. */
export class ApplicationsChart extends Chart {
  constructor(
    scope: Construct,
    id: string,
    settings: Settings,
    folders: readonly ChartFolder[],
    previews: readonly ChartFolder[] = [],
  ) {
    super(scope, id, { namespace: argoCdNamespace, disableResourceNameHashes: true });
    for (const preview of previews) this.preview(settings, preview);
    for (const { app, environment, folder } of folders)
      for (const chart of app.charts as (Chart & ApplicationOptions)[]) {
        const told = notices(settings, 'all', environment as string, longestJob([chart]));
        new Application(this, `${environment}-${chart.node.id}`, {
          metadata: {
            name: `${environment}-${chart.node.id}`,
            labels: { ...systemLabel(this), ...told.labels },
            annotations: told.annotations,
            finalizers,
          },
          spec: {
            project: environment as string,
            source: source(settings, `${folder}/${chart.node.id}`),
            // A chart of cluster-scoped objects has no namespace, but a destination must be one of the project's.
            destination: { server: ownCluster, namespace: chart.namespace ?? argoCdNamespace },
            ignoreDifferences: chart.ignored?.map((difference) => ({ ...difference })),
            info: chart.info && Object.entries(chart.info).map(([name, value]) => ({ name, value })),
            syncPolicy: chart.manual ? syncedByPerson() : syncPolicy(),
            revisionHistoryLimit: 10,
          },
        });
      }
  }

  /** One for all of its charts: they come in the order of their waves, and go in the opposite one, the Namespace last. */
  private preview(settings: Settings, { app, environment: name = '', folder }: ChartFolder): void {
    // Whoever opened it reads its pull request; the channel is not for that.
    const told = notices(settings, 'commit', name, longestJob(app.charts));
    new Application(this, name, {
      metadata: {
        name,
        labels: { ...systemLabel(this), ...told.labels },
        annotations: told.annotations,
        finalizers,
      },
      spec: {
        project: previewProject,
        source: { ...source(settings, folder), directory: { recurse: true } },
        destination: { server: ownCluster, namespace: name },
        syncPolicy: syncPolicy(),
        revisionHistoryLimit: 1,
      },
    });
  }
}

/** Removed from the list means removed from the cluster. */
const finalizers = ['resources-finalizer.argocd.argoproj.io/foreground'];

/** Seconds that the Jobs may run which a sync of it waits for. */
function longestJob(charts: readonly Chart[]): number {
  const objects = charts.flatMap(({ node }) => node.findAll().filter(ApiObject.isApiObject));
  const jobs: any[] = objects.filter(({ kind }) => kind === 'Job').map((job) => job.toJson());
  return Math.max(0, ...jobs.map(({ spec }) => spec.activeDeadlineSeconds ?? 0));
}

/** No retry either: Argo CD takes it for a sync that a person starts as well, and that person decides what comes next. */
function syncedByPerson() {
  return { ...syncPolicy(), automated: undefined, retry: undefined };
}
