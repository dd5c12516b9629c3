import * as kplus from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { dump } from 'js-yaml';
import { allow } from '../constructs/allow';
import { internet, openNetwork } from '../constructs/network-policy';
import { containerResources } from '../constructs/resources';
import { restricted } from '../constructs/restricted';
import { wave } from '../constructs/sync-wave';
import { endpointRule } from '../rails';
import type { Settings, Site } from '../settings';
import {
  agentHome,
  agentNames,
  agentProbes,
  agentSelector,
  agentTags,
  agentUser,
  copyConfiguration,
  emptyVolumes,
  instanceIdFile,
  intake,
  plainValue,
  releaseTag,
} from './container';
import { passwordVariable } from './password';

const name = agentNames.checks;
const healthPort = 5557;

/** Databases and caches outside the cluster, which no agent finds on its node. */
export function checkedSites({ sites }: Pick<Settings, 'sites'>): Site[] {
  return sites.filter(({ environment }) => !environment.inCluster);
}

/**
 * An agent that asks RDS and ElastiCache, and nothing else. It is a pod of its own because the Cluster Agent's image
 * has no such checks, and because Redis' password opens all of Redis: dispatched to the node agents it would be on every
 * node, those of the builds included.
 */
export function dataLayerChecks(chart: Construct, settings: Settings): void {
  const scope = new Construct(chart, 'checks');
  const { cluster } = settings;
  const { datadog, images } = cluster;
  const sites = checkedSites(settings);
  const labels = agentSelector(name);

  const config = new kplus.ConfigMap(scope, 'config', {
    metadata: { name, annotations: wave('prerequisites') },
    data: {
      'postgres.yaml': dump({ init_config: null, instances: sites.map(postgres) }),
      'redisdb.yaml': dump({ init_config: null, instances: sites.map(redis) }),
      ...Object.fromEntries(sites.map((site) => [authority(site), site.database.certificates as string])),
    },
  });
  const deployment = new kplus.Deployment(scope, 'deployment', {
    metadata: {
      name,
      labels,
      annotations: { ...wave('workload'), 'reloader.stakater.com/auto': 'true' },
    },
    podMetadata: { labels: { ...labels, ...agentTags(name, images.datadogAgent) } },
    select: false,
    replicas: 1,
    // Two at once would hold a connection more than the budget has, and report everything twice.
    strategy: kplus.DeploymentStrategy.recreate(),
    automountServiceAccountToken: false,
    securityContext: { ensureNonRoot: true },
  });
  deployment.select(kplus.LabelSelector.of({ labels }));
  allow(
    deployment,
    'single-replica',
    'two at once would hold a connection more than the budget has, and report everything twice',
  );
  allow(
    deployment,
    'host-path',
    'one file of the node, its name at EC2: by another name the pod would be a host more',
  );
  releaseTag(deployment, images.datadogAgent);

  const secret = kplus.Secret.fromSecretName(scope, 'secret', name);
  const hidden = (key: string) => [key, kplus.EnvValue.fromSecretValue({ secret, key })] as const;
  const passwords = sites.flatMap(({ environment: { name } }) => [
    passwordVariable('DATABASE', name),
    passwordVariable('REDIS', name),
  ]);
  const configuration = kplus.Volume.fromEmptyDir(scope, 'configuration', 'configuration');
  const files = kplus.Volume.fromConfigMap(scope, 'files', config, { name: 'checks' });
  const container = { image: images.datadogAgent, resources: containerResources(datadog.checks) };
  deployment.addInitContainer({
    ...container,
    ...copyConfiguration(
      configuration,
      // The checks of a node; its own agent runs them.
      "find /configuration/conf.d -name '*.yaml.default' -delete; touch /configuration/datadog.yaml",
    ),
  });
  deployment.addContainer({
    ...container,
    name: 'agent',
    imagePullPolicy: kplus.ImagePullPolicy.IF_NOT_PRESENT,
    command: ['agent', 'run'],
    envVariables: {
      ...intake(cluster, secret),
      ...Object.fromEntries(passwords.map(hidden)),
      DD_HEALTH_PORT: plainValue(String(healthPort)),
      DD_HOSTNAME_FILE: plainValue(instanceIdFile.mount),
      DD_ENABLE_METADATA_COLLECTION: plainValue('false'),
      DD_AUTOCONFIG_FROM_ENVIRONMENT: plainValue('false'),
      DD_USE_DOGSTATSD: plainValue('false'),
      DD_APM_ENABLED: plainValue('false'),
      DD_LOGS_ENABLED: plainValue('false'),
      DD_PROCESS_CONFIG_PROCESS_COLLECTION_ENABLED: plainValue('false'),
      DD_PROCESS_CONFIG_CONTAINER_COLLECTION_ENABLED: plainValue('false'),
      DD_PROCESS_CONFIG_PROCESS_DISCOVERY_ENABLED: plainValue('false'),
    },
    ...agentProbes(healthPort),
    securityContext: restricted(agentUser),
    volumeMounts: [
      { path: agentHome, volume: configuration },
      {
        path: `${agentHome}/conf.d/postgres.d/conf.yaml`,
        subPath: 'postgres.yaml',
        volume: files,
        readOnly: true,
      },
      { path: `${agentHome}/conf.d/redisdb.d/conf.yaml`, subPath: 'redisdb.yaml', volume: files, readOnly: true },
      { path: authorities, volume: files, readOnly: true },
      {
        path: instanceIdFile.mount,
        volume: kplus.Volume.fromHostPath(scope, 'instance', 'instance', instanceIdFile),
        readOnly: true,
      },
      ...emptyVolumes(scope, { log: '/var/log/datadog', tmp: '/tmp', run: '/opt/datadog-agent/run' }),
    ],
  });

  openNetwork(scope, 'network-policy', {
    name,
    pods: labels,
    to: [
      { peers: [internet], port: 443 },
      ...sites.flatMap(({ database, redis }) => [endpointRule(database), endpointRule(redis)]),
    ],
  });
}

const authorities = '/etc/authorities';

function authority({ environment }: Site): string {
  return `${environment.name}-database.pem`;
}

/**
 * Which statements take how long, as pg_stat_statements counts them: without the values in them. RDS' log of slow ones stays
 * in CloudWatch, and Datadog's own product for it costs more than the rest of Datadog.
 */
const statements = {
  metric_prefix: 'postgresql.statements',
  query: `select left(regexp_replace(query, '\\s+', ' ', 'g'), 120), queryid::text, calls, total_exec_time / 1000
from public.pg_stat_statements join pg_database on pg_database.oid = dbid
where datname = current_database() order by total_exec_time desc limit 30`,
  columns: [
    { name: 'statement', type: 'tag' },
    { name: 'queryid', type: 'tag' },
    { name: 'calls', type: 'monotonic_count' },
    { name: 'seconds', type: 'monotonic_count' },
  ],
};

/** By a role that may read statistics and no table; one connection, as the budget has it. */
function postgres(site: Site) {
  const { database } = site;
  return {
    host: database.host,
    port: database.port,
    dbname: database.name,
    username: 'datadog',
    password: `%%env_${passwordVariable('DATABASE', site.environment.name)}%%`,
    ssl: 'verify-full',
    ssl_root_cert: `${authorities}/${authority(site)}`,
    custom_queries: [statements],
    ...tagged(site),
  };
}

/** ElastiCache's certificates are of a public authority, which the image knows. */
function redis(site: Site) {
  return {
    host: site.redis.host,
    port: site.redis.port,
    password: `%%env_${passwordVariable('REDIS', site.environment.name)}%%`,
    ssl: true,
    ssl_cert_reqs: 2,
    ...tagged(site),
  };
}

/** The node that the check happens to run on says nothing about the database. */
function tagged({ environment }: Site) {
  return { empty_default_hostname: true, tags: [`env:${environment.name}`] };
}
