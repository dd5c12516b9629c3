import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from './cluster';
import { flags, launch } from './control-plane';
import { freePort } from './ports';
import { binaryOf, type Programs } from './programs';
import { until } from './waiting';

const namespace = 'keda';
const service = 'keda-operator-metrics-apiserver';
const certificates = 'kedaorg-certs';

/**
 * KEDA's operator and its metrics server on loopback, with the flags of its chart 2.20.2 that concern them and the
 * definitions of its release. What a cluster does for them is done here: their Services, the kubelet's copy of the Secret in
 * which the operator keeps their certificates, and the right to ask the metrics server, for whoever asks through an API
 * server that does not say who it is.
 *
 * @param watched namespaces, as the add-on's values have them
 * @param env where the operator finds Datadog
 */
export async function startKeda(
  cluster: Cluster,
  programs: Programs,
  watched: string,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const { api, processes, kubeconfig } = cluster;
  const folder = join(processes.folder, 'certs');
  mkdirSync(folder);
  const definitions = Object.keys(programs.files)
    .filter((name) => /keda\.sh_/.test(name))
    .map((name) => cluster.file(programs.files[name] as string));
  await api.applyAll([...definitions, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }]);
  for (const { spec } of definitions)
    await until(
      `${spec.names.kind} is served`,
      () => api.resource(`${spec.group}/${spec.versions[0].name}`, spec.names.kind),
      { seconds: 60 },
    );
  const [grpc, metrics] = [await freePort(), await freePort()];
  await api.applyAll([...registration(metrics), ...reader()]);

  const common = {
    KUBECONFIG: kubeconfig,
    WATCH_NAMESPACE: watched,
    POD_NAMESPACE: namespace,
    KEDA_CLUSTER_OBJECT_NAMESPACE: namespace,
  };
  let health = 0;
  const operator = async () => {
    health = await freePort();
    const args = {
      'zap-log-level': 'info',
      'enable-webhook-patching': 'false',
      'enable-cert-rotation': 'true',
      'cert-dir': folder,
      'cert-secret-name': certificates,
      'operator-service-name': 'keda-operator',
      'metrics-server-service-name': service,
      'enable-prometheus-metrics': 'false',
      'health-probe-bind-address': `127.0.0.1:${health}`,
      'metrics-service-bind-address': `127.0.0.1:${grpc}`,
    };
    return {
      name: 'keda-operator',
      file: binaryOf(programs, 'keda-operator'),
      args: flags(args),
      env: { ...common, POD_NAME: 'keda-operator', ...env },
    };
  };
  // It makes its certificates and ends, for the kubelet to start it again.
  await processes.start(await operator());
  await until('the operator has made its certificates and ended', async () => processes.fate('keda-operator'), {
    seconds: 120,
    seen: () => processes.tail('keda-operator'),
  });
  const { data } = await api.get('v1', 'Secret', certificates, namespace);
  for (const [name, value] of Object.entries<string>(data))
    writeFileSync(join(folder, name), Buffer.from(value, 'base64'), { mode: 0o600 });
  await launch(processes, {
    program: operator,
    ready: async () => (await fetch(`http://127.0.0.1:${health}/healthz`)).ok,
    within: 120,
  });
  await launch(processes, {
    program: async () => {
      const args = {
        port: String(await freePort()),
        'secure-port': String(metrics),
        'bind-address': '127.0.0.1',
        'metrics-service-address': `127.0.0.1:${grpc}`,
        'metrics-service-grpc-authority': `keda-operator.${namespace}.svc.cluster.local`,
        'client-ca-file': join(folder, 'ca.crt'),
        'tls-cert-file': join(folder, 'tls.crt'),
        'tls-private-key-file': join(folder, 'tls.key'),
        'cert-dir': folder,
        'authentication-kubeconfig': kubeconfig,
        'authorization-kubeconfig': kubeconfig,
        'authentication-skip-lookup': 'true',
        'lister-kubeconfig': kubeconfig,
      };
      return { name: 'keda-adapter', file: binaryOf(programs, 'keda-adapter'), args: flags(args), env: common };
    },
    ready: async () => (await api.request('GET', '/apis/external.metrics.k8s.io/v1beta1')).status === 200,
    within: 180,
  });
}

/** The metrics server behind the API server, which verifies its certificate by what the operator writes there. */
function registration(port: number) {
  const group = 'external.metrics.k8s.io';
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: service, namespace },
      spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ port, protocol: 'TCP' }] },
    },
    {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: `v1beta1.${group}` },
      spec: {
        group,
        version: 'v1beta1',
        groupPriorityMinimum: 100,
        versionPriority: 100,
        service: { name: service, namespace, port },
      },
    },
  ];
}

function reader() {
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const [apiGroup, name] = ['rbac.authorization.k8s.io', 'external-metrics'];
  return [
    {
      apiVersion,
      kind: 'ClusterRole',
      metadata: { name },
      rules: [
        { apiGroups: ['external.metrics.k8s.io'], resources: ['*'], verbs: ['get', 'list'] },
        { nonResourceURLs: ['/apis', '/apis/*', '/openapi/*'], verbs: ['get'] },
      ],
    },
    {
      apiVersion,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup, kind: 'ClusterRole', name },
      subjects: [{ apiGroup, kind: 'User', name: 'system:anonymous' }],
    },
  ];
}
