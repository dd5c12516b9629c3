import http from 'node:http';
import https from 'node:https';

/** How an API server is reached. */
export interface Address {
  readonly server: string;
  readonly token?: string;
}

/** Any Kubernetes object. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly labels?: Record<string, string>;
    readonly annotations?: Record<string, string>;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: any;
}

export interface Answer {
  readonly status: number;
  readonly body: any;
  /** What the server warns of: a deprecated API, a violation of Pod Security, an unknown field. */
  readonly warnings: readonly string[];
}

/** Somebody in whose name is asked. */
export interface As {
  readonly user: string;
  readonly groups: readonly string[];
}

export interface ApplyOptions {
  readonly dryRun?: boolean;
  /** The field manager; `argocd-controller` when absent, as when Argo CD applies it. */
  readonly manager?: string;
}

/** What a watch tells. */
export interface Watcher {
  /** Everything there is at the beginning. */
  readonly all: (objects: any[]) => void;
  /** Then each change, `ADDED`, `MODIFIED`, `DELETED` or `ERROR`. */
  readonly changed: (event: { readonly type: string; readonly object: any }) => void;
  /** Is given what ends it. */
  readonly stop: (end: () => void) => void;
}

/** The server did not do it; the message is its own. */
export class RefusedError extends Error {
  constructor(
    readonly status: number,
    what: string,
    body: any,
  ) {
    super(`${what}: ${status} ${body?.message ?? JSON.stringify(body)}`);
  }
}

interface Resource {
  readonly base: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** An API server, asked over few connections that stay open. */
export class Api {
  private readonly agent: http.Agent;
  private readonly known = new Map<string, Promise<Map<string, Resource>>>();

  constructor(
    readonly address: Address,
    connections = 8,
  ) {
    // The certificate is the server's own, made a moment ago; the token is what tells one server from another.
    const options = { keepAlive: true, maxSockets: connections, rejectUnauthorized: false };
    this.agent = address.server.startsWith('https:') ? new https.Agent(options) : new http.Agent(options);
  }

  async request(
    method: string,
    path: string,
    body?: unknown,
    type = 'application/json',
    as?: As,
  ): Promise<Answer> {
    try {
      return await this.send(method, path, body, type, as);
    } catch (error) {
      // An open connection that the server has closed meanwhile; a new one works.
      if (method !== 'GET' || (error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
      return this.send(method, path, body, type, as);
    }
  }

  /** The body of the answer. @throws RefusedError */
  async done(method: string, path: string, body?: unknown, type?: string, as?: As): Promise<any> {
    const answer = await this.request(method, path, body, type, as);
    if (answer.status >= 300) throw new RefusedError(answer.status, `${method} ${path}`, answer.body);
    return answer.body;
  }

  /** Server-side apply, as Argo CD does it, refusing what the schema does not know. */
  async apply(
    object: KubernetesObject,
    { dryRun, manager = 'argocd-controller' }: ApplyOptions = {},
  ): Promise<Answer> {
    const query = new URLSearchParams({ fieldManager: manager, force: 'true', fieldValidation: 'Strict' });
    if (dryRun) query.set('dryRun', 'All');
    const { metadata, apiVersion, kind } = object;
    const path = await this.path(apiVersion, kind, metadata.namespace, metadata.name);
    return this.request('PATCH', `${path}?${query}`, object, 'application/apply-patch+yaml');
  }

  /** @throws RefusedError when the server refuses one of them */
  async applyAll(objects: readonly KubernetesObject[], options?: ApplyOptions): Promise<void> {
    for (const object of objects) {
      const { status, body } = await this.apply(object, options);
      if (status >= 300) throw new RefusedError(status, nameOf(object), body);
    }
  }

  /** @returns nothing when it does not exist */
  async get(apiVersion: string, kind: string, name: string, namespace?: string): Promise<any> {
    const { status, body } = await this.request('GET', await this.path(apiVersion, kind, namespace, name));
    if (status === 404) return undefined;
    if (status >= 300) throw new RefusedError(status, `${kind} ${name}`, body);
    return body;
  }

  /** All of a kind, in all namespaces when none is given; none when the kind is not known yet. */
  async list(apiVersion: string, kind: string, namespace?: string, query = ''): Promise<any[]> {
    const resource = await this.resource(apiVersion, kind);
    if (!resource) return [];
    const answer = await this.done('GET', `${collection(resource, namespace)}${query}`);
    // The objects of a list carry neither.
    return (answer.items ?? []).map((item: object) => ({ apiVersion, kind, ...item }));
  }

  /**
   * Reads all of a kind in every namespace, and is then told of each change until the server ends that, or `stop` is
   * called.
   */
  async watch(apiVersion: string, kind: string, { all, changed, stop }: Watcher): Promise<void> {
    const resource = await this.resource(apiVersion, kind);
    if (!resource) return;
    const path = collection(resource);
    const { items, metadata } = await this.done('GET', path);
    // The objects of a list carry neither.
    all(items.map((item: object) => ({ apiVersion, kind, ...item })));
    const query = new URLSearchParams({ watch: 'true', resourceVersion: metadata.resourceVersion });
    const { server } = this.address;
    await new Promise<void>((resolve) => {
      // A connection of its own, which takes none of the few for questions.
      const options = { headers: this.headers(), rejectUnauthorized: false, agent: false as const };
      const request = (server.startsWith('https:') ? https : http).get(`${server}${path}?${query}`, options);
      request.on('response', (response) => {
        let rest = '';
        response.setEncoding('utf8').on('data', (text: string) => {
          const lines = (rest + text).split('\n');
          rest = lines.pop() ?? '';
          for (const line of lines) changed(JSON.parse(line));
        });
      });
      request.on('error', () => undefined).on('close', resolve);
      stop(() => request.destroy());
    });
  }

  async merge(object: KubernetesObject, patch: unknown, subresource = ''): Promise<any> {
    const { apiVersion, kind, metadata } = object;
    const path = await this.path(apiVersion, kind, metadata.namespace, metadata.name);
    return this.done('PATCH', `${path}${subresource && `/${subresource}`}`, patch, 'application/merge-patch+json');
  }

  /** The path of a collection, or of one object in it. @throws Error when the server does not know the kind */
  async path(apiVersion: string, kind: string, namespace?: string, name?: string): Promise<string> {
    const resource = await this.resource(apiVersion, kind);
    if (!resource)
      throw new RefusedError(404, `${kind} of ${apiVersion}`, { message: 'is not a kind of this server' });
    const all = collection(resource, resource.namespaced ? (namespace ?? 'default') : undefined);
    return name === undefined ? all : `${all}/${encodeURIComponent(name)}`;
  }

  async resource(apiVersion: string, kind: string): Promise<Resource | undefined> {
    const asked = this.known.get(apiVersion) ?? this.discover(apiVersion);
    this.known.set(apiVersion, asked);
    const found = (await asked.catch(() => new Map<string, Resource>())).get(kind);
    // It may come with a definition that is applied later.
    if (!found) this.known.delete(apiVersion);
    return found;
  }

  close(): void {
    this.agent.destroy();
  }

  private async discover(apiVersion: string): Promise<Map<string, Resource>> {
    const base = `${apiVersion.includes('/') ? '/apis' : '/api'}/${apiVersion}`;
    const { status, body } = await this.request('GET', base);
    const resources: any[] = status < 300 ? body.resources : [];
    return new Map(
      resources
        .filter(({ name }) => !name.includes('/'))
        .map(({ kind, name, namespaced }) => [kind, { base, plural: name, namespaced }]),
    );
  }

  private headers() {
    const { token } = this.address;
    return { accept: 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  }

  private send(method: string, path: string, body: unknown, type: string, as?: As): Promise<Answer> {
    const { server } = this.address;
    const data = body === undefined ? undefined : JSON.stringify(body);
    const options: https.RequestOptions = {
      method,
      agent: this.agent,
      timeout: 30_000,
      headers: {
        ...this.headers(),
        ...(as && { 'impersonate-user': as.user, 'impersonate-group': [...as.groups] }),
        ...(data !== undefined && { 'content-type': type, 'content-length': Buffer.byteLength(data) }),
      },
    };
    return new Promise((resolve, reject) => {
      const request = (server.startsWith('https:') ? https : http).request(server + path, options, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part) => parts.push(part));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            body: read(Buffer.concat(parts).toString()),
            warnings: warningsOf(response.headersDistinct.warning ?? []),
          }),
        );
      });
      request.on('timeout', () => request.destroy(new Error(`${method} ${path}: no answer in 30 s`)));
      request.on('error', reject);
      request.end(data);
    });
  }
}

/** As a person names it: `Rollout e-ren-rollout in production`. */
export function nameOf({ kind, metadata: { name, namespace } }: KubernetesObject): string {
  return `${kind} ${name}${namespace ? ` in ${namespace}` : ''}`;
}

function collection({ base, plural, namespaced }: Resource, namespace?: string): string {
  return namespaced && namespace ? `${base}/namespaces/${namespace}/${plural}` : `${base}/${plural}`;
}

/** `299 - "text"`; several may share a header. */
function warningsOf(headers: readonly string[]): string[] {
  return headers.flatMap((header) =>
    [...header.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text.replace(/\\(.)/g, '$1')),
  );
}

function read(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    return { message: text };
  }
}
