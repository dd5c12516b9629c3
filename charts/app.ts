import { ArgoCdChart } from './argocd';
import { AddOnsChart } from './argocd/add-ons';
import { ApplicationsChart } from './argocd/applications';
import { BootstrapChart } from './argocd/bootstrap';
import { ProjectsChart } from './argocd/projects';
import { AssetsChart } from './assets';
import { BackupChart } from './backup';
import { BuildsChart } from './builds';
import type { ChartFolder } from './chart-folder';
import { ClassesChart } from './classes';
import { refreshed } from './constructs/external-secret';
import { fromGenerated } from './constructs/generated-secrets';
import { hardened } from './constructs/hardened';
import { passing } from './constructs/passing';
import { systemApp } from './constructs/system';
import { DatadogChart } from './datadog';
import { examplePreview } from './example-preview';
import { JenkinsChart } from './jenkins';
import { MigrationsChart } from './migrations';
import { MonitorsChart } from './monitors';
import { NamespaceChart } from './namespace';
import { PostgresChart } from './postgres';
import { RedisChart } from './redis';
import { ScheduledChart } from './scheduled';
import { hasImage, type PreviewSite, type Settings, type Site } from './settings';
import { SidekiqChart } from './sidekiq';
import { WebChart } from './web';

/** Every chart there is. The Applications are made of the same list, so that a chart without one cannot exist. */
export function chartFolders(settings: Settings): ChartFolder[] {
  const environments = [clusterCharts(settings), ...settings.sites.map(siteCharts)];
  const previews = settings.previews.map(previewCharts);
  return [...environments, ...previews, argocd(settings, environments, previews)];
}

/** What exists once. */
function clusterCharts(settings: Settings): ChartFolder {
  const app = systemApp(settings.cluster.system);
  new ClassesChart(app, 'classes', settings);
  new ArgoCdChart(app, 'argocd', settings);
  new JenkinsChart(app, 'jenkins', settings);
  new BuildsChart(app, 'builds', settings);
  new BackupChart(app, 'backup', settings);
  new DatadogChart(app, 'datadog', settings);
  new MonitorsChart(app, 'monitors', settings);
  const { priority = 'system' } = settings.cluster.jenkins;
  const policies = [
    refreshed(settings.cluster.secretRefresh),
    hardened((chart) => (chart === 'jenkins' ? priority : 'system')),
  ];
  return { folder: 'dist/cluster', environment: 'cluster', app, policies };
}

/** What exists once per namespace. */
function siteCharts(site: Site): ChartFolder {
  const { environment, cluster } = site;
  const app = systemApp(cluster.system);
  new NamespaceChart(app, 'namespace', site);
  if (environment.inCluster) {
    new PostgresChart(app, 'postgres', site, environment.inCluster.postgres);
    new RedisChart(app, 'redis', site, environment.inCluster.redis);
  }
  if (hasImage(site, 'migrations')) new MigrationsChart(app, 'migrations', site);
  if (hasImage(site, 'web')) {
    if (site.buckets) new AssetsChart(app, 'assets', site, site.buckets.assets);
    new WebChart(app, 'web', site);
  }
  if (hasImage(site, 'sidekiq')) {
    new SidekiqChart(app, 'sidekiq', site);
    new ScheduledChart(app, 'scheduled', site);
  }
  const policies = [hardened(() => environment.priority), refreshed(cluster.secretRefresh)];
  return { folder: `dist/${environment.name}`, environment: environment.name, app, policies };
}

/** What a pull request has while it is open. */
function previewCharts(site: PreviewSite): ChartFolder {
  const { environment } = site;
  const app = systemApp(site.cluster.system);
  new NamespaceChart(app, 'namespace', site);
  if (environment.inCluster) {
    new PostgresChart(app, 'postgres', site, environment.inCluster.postgres);
    new RedisChart(app, 'redis', site, environment.inCluster.redis);
  }
  new MigrationsChart(app, 'migrations', site);
  new WebChart(app, 'web', site);
  new SidekiqChart(app, 'sidekiq', site);
  const policies = [hardened(() => environment.priority), fromGenerated, passing];
  return { folder: `dist/${environment.name}`, environment: environment.name, preview: true, app, policies };
}

/** What tells Argo CD of all that; a person applies `bootstrap` once. */
function argocd(
  settings: Settings,
  environments: readonly ChartFolder[],
  previews: readonly ChartFolder[],
): ChartFolder {
  const app = systemApp(settings.cluster.system);
  const example = examplePreview(settings);
  new BootstrapChart(app, 'bootstrap', settings);
  new ProjectsChart(app, 'projects', settings, environments, undefined, example && previewCharts(example));
  new ApplicationsChart(app, 'applications', settings, environments, previews);
  new AddOnsChart(app, 'add-ons', settings);
  return { folder: 'argocd', app };
}
