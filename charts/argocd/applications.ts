import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { Application } from '../../imports/application-argoproj.io';
import type { Output } from '../app';
import type { Delivered } from '../delivered';
import type { Settings } from '../settings';
import { namespace, server, source, syncPolicy } from './delivery';

/** One Application per chart folder, from the list the charts are made of. */
export class ApplicationsChart extends Chart {
  constructor(scope: Construct, id: string, settings: Settings, outputs: readonly Output[]) {
    super(scope, id, { namespace, disableResourceNameHashes: true });
    for (const { app, environment, folder } of outputs)
      for (const chart of app.charts as (Chart & Delivered)[])
        new Application(this, `${environment}-${chart.node.id}`, {
          metadata: {
            name: `${environment}-${chart.node.id}`,
            labels: { 'app.kubernetes.io/part-of': 'e-ren', environment: environment as string, notify: 'true' },
            // Removed from the list means removed from the cluster.
            finalizers: ['resources-finalizer.argocd.argoproj.io/foreground'],
          },
          spec: {
            project: environment as string,
            source: source(settings, `${folder}/${chart.node.id}`),
            // A chart of cluster-scoped objects has no namespace, but a destination must be one of the project's.
            destination: { server, namespace: chart.namespace ?? namespace },
            ignoreDifferences: chart.ignored?.map((difference) => ({ ...difference })),
            syncPolicy: chart.manual ? syncedByPerson() : syncPolicy(),
            revisionHistoryLimit: 10,
          },
        });
  }
}

/** No retry either: Argo CD takes it for a sync that a person starts as well, and that person decides what comes next. */
function syncedByPerson() {
  return { ...syncPolicy(), automated: undefined, retry: undefined };
}
