import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { AppProject } from '../../imports/app-project-argoproj.io';
import { Application } from '../../imports/application-argoproj.io';
import { argoCdNamespace } from '../environments/namespaces';
import type { Settings } from '../settings';
import { notices, ownCluster, source, syncPolicy } from './application-spec';

/**
 * What a person applies once: the Application that brings every other one, itself included. It has no finalizer, so that
 * deleting it by mistake deletes nothing else.
 */
export class BootstrapChart extends Chart {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id, { namespace: argoCdNamespace, disableResourceNameHashes: true });
    new AppProject(this, 'project', {
      metadata: { name: 'delivery' },
      spec: {
        description: 'The Applications and AppProjects of argocd/',
        sourceRepos: [settings.cluster.delivery.repository],
        destinations: [{ server: ownCluster, namespace: argoCdNamespace }],
        clusterResourceWhitelist: [],
        namespaceResourceWhitelist: [
          { group: 'argoproj.io', kind: 'AppProject' },
          { group: 'argoproj.io', kind: 'Application' },
        ],
      },
    });
    new Application(this, 'root', {
      metadata: { name: 'root', ...notices(settings, 'trouble', 'cluster') },
      spec: {
        project: 'delivery',
        source: { ...source(settings, 'argocd'), directory: { recurse: true } },
        destination: { server: ownCluster, namespace: argoCdNamespace },
        syncPolicy: syncPolicy(),
        revisionHistoryLimit: 10,
      },
    });
  }
}
