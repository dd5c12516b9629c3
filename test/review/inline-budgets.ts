import { groupNamed } from '../../charts/environments/node-groups';
import type { Settings } from '../../charts/settings';
import { subjectOf } from '../../review/check/subject';
import { Tree } from '../../review/model/tree';
import { root } from '../support/root';
import { settings, tree } from './ours';

const ours = subjectOf(root, tree, settings);
const of = (changed: Settings) => subjectOf(root, tree, changed);

function connections(change: Partial<Settings['sites'][number]['environment']['connections']>): Settings {
  const sites = settings.sites.map((site) => {
    const { environment } = site;
    if (environment.name !== 'production') return site;
    return { ...site, environment: { ...environment, connections: { ...environment.connections, ...change } } };
  });
  return { ...settings, sites };
}

function cluster(change: Partial<Settings['cluster']>): Settings {
  return { ...settings, cluster: { ...settings.cluster, ...change } };
}

const { nodeGroups, budget } = settings.cluster;
const oneNode = { ...nodeGroups, jenkins: { ...groupNamed(settings.cluster, 'jenkins'), max: 1 } };
const fewClients = new Tree(
  tree.manifests.map((manifest) => {
    const { kind, data, metadata } = manifest.object;
    if (kind !== 'ConfigMap' || metadata.name !== 'redis') return manifest;
    return { ...manifest, object: { ...manifest.object, data: { ...data, 'redis.conf': 'maxclients 50' } } };
  }),
);

/** Rules that compare all of the objects with the settings: ours are good, and each is bad with one number changed. */
export const inlineBudgets = {
  'connections-fit': bad(of(connections({ max: 35 })), 'production'),
  'connections-near': bad(of(connections({ max: 36 })), 'production'),
  'connections-agree': bad(of(connections({ console: 2 })), 'production'),
  'redis-clients-fit': bad(subjectOf(root, fewClients, settings), 'staging'),
  // Two agents: at all moments with builds, but for the one in which they may wait.
  'nodes-hold-pods': bad(of(cluster({ nodeGroups: oneNode })), ...Array.from({ length: 5 }, () => 'cluster')),
  'restart-awaited': {
    good: ours,
    bad: of({
      ...settings,
      awaited: [{ environment: 'production', parameter: 'max_connections', wanted: '60', inForce: '45' }],
    }),
    files: ['terraform-bridge/outputs/production.json'],
  },
  'cost-fits': bad(of(cluster({ budget: { ...budget, monthly: 300 } })), 'cluster'),
};

function bad(subject: typeof ours, ...files: string[]) {
  return { good: ours, bad: subject, files: files.map((name) => `charts/environments/${name}.ts`) };
}
