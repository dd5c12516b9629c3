import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { Api } from '../api';

const group = 'metrics.k8s.io/v1beta1';
const service = { name: 'metrics-server', namespace: 'kube-system' };

/** How much its containers use, as a share of what they request; changed by a test at any time. */
export interface Usage {
  share: number;
}

/**
 * The metrics server, behind the API server as the real one is: every container uses a share of its requests.
 *
 * @param key and certificate of any server; the API server does not look at them
 */
export async function metrics(
  api: Api,
  files: { readonly key: string; readonly certificate: string },
  usage: Usage,
) {
  const server = createServer({ key: readFileSync(files.key), cert: readFileSync(files.certificate) });
  server.on('request', async (request, response) => {
    const answer = await answerTo(api, request.url ?? '', usage).catch(() => undefined);
    response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 404 }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await api.applyAll(
    [
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: service,
        spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ port, protocol: 'TCP' }] },
      },
      {
        apiVersion: 'apiregistration.k8s.io/v1',
        kind: 'APIService',
        metadata: { name: 'v1beta1.metrics.k8s.io' },
        spec: {
          group: 'metrics.k8s.io',
          version: 'v1beta1',
          groupPriorityMinimum: 100,
          versionPriority: 100,
          insecureSkipTLSVerify: true,
          service: { ...service, port },
        },
      },
    ],
    { manager: 'metrics' },
  );
  return {
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answerTo(api: Api, path: string, usage: Usage): Promise<unknown> {
  const url = new URL(path, 'https://localhost');
  if (url.pathname === `/apis/${group}`)
    return {
      kind: 'APIResourceList',
      apiVersion: 'v1',
      groupVersion: group,
      resources: [
        { name: 'nodes', singularName: '', namespaced: false, kind: 'NodeMetrics', verbs: ['get', 'list'] },
        { name: 'pods', singularName: '', namespaced: true, kind: 'PodMetrics', verbs: ['get', 'list'] },
      ],
    };
  if (url.pathname === `/apis/${group}/nodes`)
    return { kind: 'NodeMetricsList', apiVersion: group, metadata: {}, items: [] };
  const [, namespace] = new RegExp(`^/apis/${group}/namespaces/([^/]+)/pods$`).exec(url.pathname) ?? [];
  if (namespace === undefined && url.pathname !== `/apis/${group}/pods`) return undefined;
  const selector = url.searchParams.get('labelSelector');
  const query = selector ? `?labelSelector=${encodeURIComponent(selector)}` : '';
  const pods = (await api.list('v1', 'Pod', namespace, query)).filter(({ status }) => status?.phase === 'Running');
  return {
    kind: 'PodMetricsList',
    apiVersion: group,
    metadata: {},
    items: pods.map((pod) => ({
      metadata: { name: pod.metadata.name, namespace: pod.metadata.namespace, labels: pod.metadata.labels },
      timestamp: new Date().toISOString(),
      window: '1s',
      containers: stays(pod.spec).map((container: any) => ({
        name: container.name,
        usage: used(container.resources?.requests ?? {}, usage.share),
      })),
    })),
  };
}

/** Containers that run as long as the pod does. */
function stays({ containers, initContainers = [] }: any): any[] {
  return [...containers, ...initContainers.filter(({ restartPolicy }: any) => restartPolicy === 'Always')];
}

/** The charts write millicores and Mi or Gi. */
function used({ cpu = '10m', memory = '10Mi' }: Record<string, string>, share: number) {
  const millicores = cpu.endsWith('m') ? Number.parseFloat(cpu) : Number(cpu) * 1000;
  const mebibytes = Number.parseFloat(memory) * (memory.endsWith('Gi') ? 1024 : 1);
  return { cpu: `${Math.round(millicores * share)}m`, memory: `${Math.round(mebibytes * share)}Mi` };
}
