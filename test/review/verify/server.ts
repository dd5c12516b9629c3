import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiServerClient } from '../../../commands/api-server';
import type { Tree } from '../../../review/model/tree';
import type { Question } from '../../../review/verify/finding';
import { questions } from '../../../review/verify/finding';
import { verify } from '../../../review/verify/verify';
import { root } from '../../support/root';
import { tree as ours, settings } from '../ours';

/** What an API server was asked. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body?: any;
  /** The header that says who asks. */
  readonly token?: string;
}

export interface Said {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** Milliseconds before it; it never comes when they are infinite. */
  readonly after?: number;
}

/** An API server as far as verify asks it: it has the objects of the repository, and all of them are well. */
export class ApiServer {
  readonly asked: Asked[] = [];
  /** Changed by a test: the first that has something to say is heard. */
  instead: (asked: Asked) => Said | undefined = () => undefined;
  objects: any[];

  static async start(tree: Tree = ours): Promise<ApiServer> {
    const server = createServer();
    const api = new ApiServer(tree, () => server.closeAllConnections() ?? server.close());
    server.on('request', (request, response) => void api.answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    api.port = (server.address() as AddressInfo).port;
    return api;
  }

  private port = 0;
  private readonly kinds: { group: string; version: string; kind: string; plural: string; namespaced: boolean }[];

  private constructor(
    readonly tree: Tree,
    readonly stop: () => void,
  ) {
    this.objects = tree.manifests.map(({ object }) => well(structuredClone(object)));
    const all = [
      ...this.objects,
      { apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'any' } },
      ...clusterKinds,
    ];
    this.kinds = [
      ...new Map(all.map((object) => [`${object.apiVersion} ${object.kind}`, kindOf(object)])).values(),
    ];
  }

  get address(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** A kubeconfig in a folder that goes with the test. */
  kubeconfig(user: object = { token: 'any' }, name = 'fake'): string {
    const file = join(mkdtempSync(join(folder, 'kube-')), 'config');
    const cluster = { server: this.address, 'insecure-skip-tls-verify': true };
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name, cluster }],
      users: [{ name, user }],
      contexts: [{ name, context: { cluster: name, user: name } }],
      'current-context': name,
    };
    writeFileSync(file, JSON.stringify(config));
    return file;
  }

  /** @returns the object, to be changed by a test */
  find(kind: string, namespace: string | undefined, name: string): any {
    const found = this.objects.find(
      (each) => each.kind === kind && each.metadata.namespace === namespace && each.metadata.name === name,
    );
    if (!found) throw new Error(`no ${kind} ${namespace}/${name}`);
    return found;
  }

  remove(object: any): void {
    this.objects = this.objects.filter((each) => each !== object);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const url = new URL(request.url ?? '', this.address);
    const text = Buffer.concat(parts).toString();
    const asked: Asked = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      token: request.headers.authorization,
      ...(text && { body: JSON.parse(text) }),
    };
    this.asked.push(asked);
    const { status, body, headers, after } = this.instead(asked) ?? this.usual(asked);
    if (after === Number.POSITIVE_INFINITY) return;
    if (after) await new Promise((resolve) => setTimeout(resolve, after));
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body ?? {}));
  }

  private usual({ method, path, body }: Asked): Said {
    if (path === '/version') return { status: 200, body: { gitVersion: `v${settings.cluster.kubernetes}.4` } };
    if (path === '/api' || path === '/apis') return { status: 200, body: this.discovery(path === '/api') };
    const parts = /^\/(?:api|apis\/([^/]+))\/([^/]+)(?:\/namespaces\/([^/]+)(?=\/))?\/([^/]+)(?:\/([^/]+))?$/.exec(
      path,
    );
    const [, group = '', version, namespace, plural, name] = parts ?? [];
    const kind = this.kinds.find(
      (each) => each.group === group && each.version === version && each.plural === plural,
    );
    if (!kind) return { status: 404, body: { message: `there is no ${path}` } };
    if (method === 'PATCH') return { status: 200, body: this.tried(body) };
    const items = this.objects.filter(
      (each) => each.kind === kind.kind && (!namespace || each.metadata.namespace === namespace),
    );
    if (name === undefined) return { status: 200, body: { kind: `${kind.kind}List`, items, metadata: {} } };
    const found = items.find((each) => each.metadata.name === name);
    return found
      ? { status: 200, body: found }
      : { status: 404, body: { message: `${plural} "${name}" not found` } };
  }

  /** What applying would make: what is there, with all that the file has. */
  private tried(file: any): any {
    const { kind, metadata } = file;
    const now = this.objects.find(
      (each) =>
        each.kind === kind &&
        each.metadata.name === metadata.name &&
        each.metadata.namespace === metadata.namespace,
    );
    return { ...now, ...file, metadata: { ...now?.metadata, ...metadata } };
  }

  private discovery(core: boolean): object {
    const groups = [...new Set(this.kinds.map(({ group }) => group))].filter((group) => (group === '') === core);
    const items = groups.map((group) => {
      const mine = this.kinds.filter((each) => each.group === group);
      const versions = [...new Set(mine.map(({ version }) => version))].map((version) => ({
        version,
        resources: mine
          .filter((each) => each.version === version)
          .map(({ kind, plural, namespaced }) => ({
            resource: plural,
            responseKind: { group, version, kind },
            scope: namespaced ? 'Namespaced' : 'Cluster',
          })),
      }));
      return { metadata: { name: group || undefined }, versions };
    });
    return { kind: 'APIGroupDiscoveryList', items };
  }
}

/** Beside those of the repository. */
const clusterKinds = [
  ['v1', 'Node'],
  ['apiextensions.k8s.io/v1', 'CustomResourceDefinition'],
  ['admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration'],
  ['admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration'],
].map(([apiVersion, kind]) => ({ apiVersion, kind, metadata: {} }));

function kindOf({ apiVersion, kind, metadata }: any) {
  const [version, group = ''] = apiVersion.split('/').reverse();
  const lower = kind.toLowerCase();
  const regular = lower.endsWith('s')
    ? `${lower}es`
    : lower.endsWith('y')
      ? `${lower.slice(0, -1)}ies`
      : `${lower}s`;
  const plural = kind === 'IngressClassParams' ? lower : regular;
  return { group, version, kind, plural, namespaced: metadata.namespace !== undefined };
}

/** With the status that its controller would have written. */
export function well(object: any): any {
  const { kind, spec } = object;
  const ready = { conditions: [{ type: 'Ready', status: 'True' }] };
  const replicas = spec?.replicas ?? 1;
  const statuses: Record<string, object> = {
    Rollout: { phase: 'Healthy' },
    Deployment: { readyReplicas: replicas, updatedReplicas: replicas },
    StatefulSet: { readyReplicas: replicas, updatedReplicas: replicas },
    DaemonSet: { desiredNumberScheduled: 3, numberReady: 3, updatedNumberScheduled: 3 },
    PersistentVolumeClaim: { phase: 'Bound' },
    ExternalSecret: ready,
    SecretStore: ready,
    Application: { sync: { status: 'Synced' }, health: { status: 'Healthy' } },
  };
  return statuses[kind] ? { ...object, status: statuses[kind] } : object;
}

const folder = mkdtempSync(join(tmpdir(), 'verify-'));

/** Call it in each suite. */
export function removeKubeconfigs(): void {
  rmSync(folder, { recursive: true, force: true });
}

export interface Asking {
  readonly environment?: string;
  readonly only?: readonly Question[];
  readonly limits?: Partial<ConstructorParameters<typeof ApiServerClient>[1]>;
  readonly now?: number;
  readonly within?: number;
  readonly settings?: Parameters<typeof verify>[1]['settings'];
  readonly imports?: Parameters<typeof verify>[1]['imports'];
}

/** Each finding in a line, by level. */
export async function ask(
  api: ApiServer,
  { environment = 'production', only = questions, limits, ...others }: Asking = {},
) {
  const { Agent } = await import('node:http');
  const connection = { context: 'fake', server: api.address, options: { agent: new Agent() } };
  const server = new ApiServerClient(connection, { parallel: 8, each: 5000, total: 30_000, ...limits });
  try {
    const say = () => undefined;
    const usual = { root, tree: api.tree, settings, imports: [], now: Date.now(), within: 60, say };
    const report = await verify(server, { ...usual, environment, only, ...others });
    const told = (level: string) =>
      report.findings
        .filter((each) => each.level === level)
        .map(({ question, what, object, path, message }) =>
          [question, what, object?.kind, object?.name, path, message].filter(Boolean).join(' '),
        );
    return { report, mismatches: told('mismatch'), unanswered: told('unanswered'), notes: told('note') };
  } finally {
    server.close();
  }
}
