import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { Application, type ApplicationSpecIgnoreDifferences } from '../../imports/application-argoproj.io';
import { allow } from '../constructs/allow';
import { podSecurityLabels } from '../constructs/pod-security';
import { systemLabel } from '../constructs/system';
import { type AddOn, type AddOnName, addOns, deliveredAddOns } from '../environments/add-ons';
import { argoCdNamespace } from '../environments/namespaces';
import type { Settings } from '../settings';
import { notices, ownCluster, syncPolicy } from './application-spec';
import { argoCd } from './values/argo-cd';
import { argoRollouts } from './values/argo-rollouts';
import { awsLoadBalancerController } from './values/aws-load-balancer-controller';
import { clusterAutoscaler } from './values/cluster-autoscaler';
import { datadogOperator } from './values/datadog-operator';
import { externalDns } from './values/external-dns';
import { externalSecrets } from './values/external-secrets';
import { keda } from './values/keda';
import { reloader } from './values/reloader';

const values: Record<AddOnName, (settings: Settings) => object> = {
  'external-secrets': externalSecrets,
  'argo-rollouts': argoRollouts,
  'aws-load-balancer-controller': awsLoadBalancerController,
  'argo-cd': argoCd,
  reloader,
  'cluster-autoscaler': clusterAutoscaler,
  'external-dns': externalDns,
  'datadog-operator': datadogOperator,
  keda,
};

const caBundle = {
  group: 'admissionregistration.k8s.io',
  name: 'aws-load-balancer-webhook',
  jqPathExpressions: ['.webhooks[]?.clientConfig.caBundle'],
};

/**
 * Every rendering of the load balancer controller's chart makes a new authority for its webhooks. What the first sync
 * made stays, because the Secret and the two configurations must be of the same one.
 */
const ignored: Partial<Record<AddOnName, ApplicationSpecIgnoreDifferences[]>> = {
  'aws-load-balancer-controller': [
    {
      kind: 'Secret',
      name: 'aws-load-balancer-tls',
      namespace: addOns['aws-load-balancer-controller'].namespace,
      jsonPointers: ['/data'],
    },
    { kind: 'MutatingWebhookConfiguration', ...caBundle },
    { kind: 'ValidatingWebhookConfiguration', ...caBundle },
  ],
};

/**
 * One Application per add-on: a pinned upstream chart and our values. None has a finalizer, so that a removed
 * Application leaves its definitions, and with them every object of their kinds, in the cluster.
 */
export class AddOnsChart extends Chart {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id, { namespace: argoCdNamespace, disableResourceNameHashes: true });
    for (const [name, addOn] of deliveredAddOns(settings.sites.map(({ environment }) => environment))) {
      const { labels, annotations } = notices(settings, 'trouble', 'cluster');
      const application = new Application(this, name, {
        metadata: { name, labels: { ...systemLabel(this), ...labels }, annotations },
        spec: {
          project: 'add-ons',
          source: {
            repoUrl: addOn.repository,
            chart: addOn.chart,
            targetRevision: addOn.version,
            helm: { releaseName: name, valuesObject: values[name](settings) },
          },
          destination: { server: ownCluster, namespace: addOn.namespace },
          ignoreDifferences: ignored[name],
          syncPolicy: policy(addOn, settings),
          revisionHistoryLimit: 10,
        },
      });
      if (ignored[name]?.some(({ jqPathExpressions }) => jqPathExpressions))
        allow(
          application,
          'ignored-list-elements',
          'each webhook has the authority in an element of a list; a change of the list itself comes with the next version, which a person syncs',
        );
    }
  }
}

/** An add-on brings its namespace, unless that is Kubernetes' or Argo CD's; its pods all pass `restricted`. */
function policy(addOn: AddOn, { cluster }: Settings) {
  if (['kube-system', argoCdNamespace].includes(addOn.namespace)) return syncPolicy();
  const created = syncPolicy({ createNamespace: true });
  // Without labels: Datadog's agent in it needs more than `restricted`, and the chart of the namespace sets them.
  // Whichever comes first makes it.
  if (addOn.namespace === cluster.datadog.namespace) return created;
  return { ...created, managedNamespaceMetadata: { labels: podSecurityLabels('restricted', cluster.kubernetes) } };
}
