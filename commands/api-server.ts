import type { IncomingMessage, RequestOptions } from 'node:http';
import http from 'node:http';
import https from 'node:https';
import {
  type Answer,
  type Ask,
  type Body,
  fieldManager,
  NoAnswerError,
  type Server,
} from '../review/verify/server';

/** How a server is reached, and as whom. */
export interface Connection {
  readonly context: string;
  readonly server: string;
  /** Certificates, headers with the credentials, and the agent. */
  readonly options: RequestOptions;
}

export interface Limits {
  /** Questions at a time. */
  readonly parallel: number;
  /** Milliseconds for one answer. */
  readonly each: number;
  /** Milliseconds for all of them. */
  readonly total: number;
}

const dryRun = new URLSearchParams({ dryRun: 'All', fieldManager, fieldValidation: 'Strict', force: 'true' });

/** The request that asks it: reading, or a server-side apply that the server is told not to keep. */
export function requestOf(ask: Ask): {
  readonly method: 'GET' | 'PATCH';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
} {
  if ('show' in ask) return { method: 'GET', path: ask.show, headers: { accept: acceptOf(ask.show) } };
  if (ask.at.includes('?')) throw new Error(`${ask.at}: a path has no query, or it could undo the dry run`);
  return {
    method: 'PATCH',
    path: `${ask.at}?${dryRun}`,
    headers: { accept: 'application/json', 'content-type': 'application/apply-patch+yaml' },
    body: JSON.stringify(ask.tryOut),
  };
}

/** Asks one API server, a few questions at a time, until the time is over. */
export class ApiServerClient implements Server {
  /** Questions asked so far. */
  asked = 0;
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private readonly end: number;
  private readonly stop = new AbortController();
  private readonly timer: NodeJS.Timeout;

  constructor(
    readonly connection: Connection,
    private readonly limits: Limits,
  ) {
    const { agent } = connection.options;
    if (agent instanceof http.Agent)
      // The client makes one that opens a connection for each request.
      Object.assign(agent, { keepAlive: true, maxSockets: limits.parallel, maxFreeSockets: limits.parallel });
    this.end = Date.now() + limits.total;
    this.timer = setTimeout(() => this.stop.abort(), limits.total);
    this.timer.unref();
  }

  /** @throws NoAnswerError */
  async ask(ask: Ask): Promise<Answer> {
    await this.turn();
    try {
      const first = await this.send(ask);
      // Too many requests, or a server that is about to go: it says when to come again.
      if (first.answer.status !== 429 && first.answer.status !== 503) return first.answer;
      const pause = Math.min(first.retryAfter ?? 1, 10) * 1000;
      if (Date.now() + pause > this.end) return first.answer;
      await new Promise((resolve) => setTimeout(resolve, pause));
      return (await this.send(ask)).answer;
    } finally {
      this.running--;
      this.waiting.shift()?.();
    }
  }

  close(): void {
    clearTimeout(this.timer);
    const { agent } = this.connection.options;
    if (agent instanceof http.Agent) agent.destroy();
  }

  private async turn(): Promise<void> {
    if (this.running >= this.limits.parallel) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.running++;
  }

  private send(ask: Ask): Promise<{ answer: Answer; retryAfter?: number }> {
    const { server, options } = this.connection;
    const { method, path, headers, body } = requestOf(ask);
    const left = this.end - Date.now();
    const seconds = (milliseconds: number) => `${Math.round(milliseconds / 100) / 10} s`;
    if (left <= 0)
      throw new NoAnswerError('stopped', `not asked: the ${seconds(this.limits.total)} for everything were over`);
    this.asked++;
    const all = {
      ...options,
      method,
      headers: {
        ...options.headers,
        ...headers,
        ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
      },
      signal: AbortSignal.any([this.stop.signal, AbortSignal.timeout(this.limits.each)]),
    };
    const base = server.replace(/\/$/, '');
    return new Promise((resolve, reject) => {
      const fail = (error: NodeJS.ErrnoException) => {
        if (error.name !== 'AbortError' && error.name !== 'TimeoutError')
          reject(new NoAnswerError('unreachable', error.code ?? error.message));
        else if (this.stop.signal.aborted)
          reject(
            new NoAnswerError(
              'stopped',
              `no answer when the ${seconds(this.limits.total)} for everything were over`,
            ),
          );
        else reject(new NoAnswerError('slow', `no answer in ${seconds(this.limits.each)}`));
      };
      const request = (base.startsWith('https:') ? https : http).request(base + path, all, (response) =>
        read(response).then(resolve, fail),
      );
      request.on('error', fail);
      request.end(body);
    });
  }
}

/** Bytes of one answer: 500 objects as large as etcd takes one are more, and nobody has them. */
const largest = 2 ** 26;

async function read(response: IncomingMessage): Promise<{ answer: Answer; retryAfter?: number }> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response) {
    size += part.length;
    if (size > largest) throw new Error(`an answer of more than ${largest} bytes`);
    parts.push(part);
  }
  const text = Buffer.concat(parts).toString();
  const retryAfter = Number(response.headers['retry-after']);
  return {
    answer: {
      status: response.statusCode ?? 0,
      body: parsed(text),
      warnings: warningsOf(String(response.headers.warning ?? '')),
    },
    ...(retryAfter > 0 && { retryAfter }),
  };
}

/** What is not JSON comes from something in between. */
function parsed(text: string): Body {
  try {
    return JSON.parse(text);
  } catch {
    return { message: text.trim().slice(0, 200) };
  }
}

/** `299 - "text", 299 - "text"`, as Node joins what was sent more than once. */
function warningsOf(header: string): string[] {
  return [...header.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) =>
    text.replace(/\\(.)/g, '$1'),
  );
}

/** Everything that is served, in two answers instead of one for each group. */
function acceptOf(path: string): string {
  if (path !== '/api' && path !== '/apis') return 'application/json';
  return 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
}
