import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Judge } from '../../charts/monitors/datadog-reference';

/** What was asked, and the status of the answer. */
export interface Asked {
  readonly request: string;
  readonly body: any;
  readonly status: number;
}

type Kind = 'monitor' | 'dashboard' | 'test';

/** What somebody has made at Datadog. */
interface Thing {
  readonly kind: Kind;
  readonly id: string;
  json: any;
}

interface Reply {
  readonly status: number;
  readonly value: unknown;
}

const path: Readonly<Record<Kind, { readonly all: string; readonly read: string }>> = {
  monitor: { all: '/api/v1/monitor', read: '/api/v1/monitor' },
  dashboard: { all: '/api/v1/dashboard', read: '/api/v1/dashboard' },
  test: { all: '/api/v1/synthetics/tests/api', read: '/api/v1/synthetics/tests' },
};
const kinds = Object.keys(path) as Kind[];
const handle = 'operator@played.example';

/**
 * Datadog's API of monitors, dashboards and tests from outside: it keeps what is written, refuses what its reference does
 * not allow and who has other keys, and answers with what the operator reads of the answers. Requests for its metadata are
 * taken and forgotten.
 */
export class DatadogApi {
  /** Every request but those for metadata, in order. */
  readonly asked: Asked[] = [];
  /** By its id. */
  readonly things = new Map<string, Thing>();
  /** A test's own answer to a request, instead of what follows from it: a status with Datadog's form of an error. */
  refuses: (request: string) => number | undefined = () => undefined;
  private made = 0;

  static async start(
    judge: Judge,
    keys: { readonly api: string; readonly application: string },
  ): Promise<DatadogApi> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const played = new DatadogApi(judge, keys, `http://127.0.0.1:${port}`, () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    });
    server.on('request', (request, response) => void played.answer(request, response));
    return played;
  }

  private constructor(
    private readonly judge: Judge,
    private readonly keys: { readonly api: string; readonly application: string },
    readonly address: string,
    readonly stop: () => unknown,
  ) {}

  /** What was asked since a moment and changes something. */
  writes(since = 0): Asked[] {
    return this.asked.slice(since).filter(({ request }) => !request.startsWith('GET '));
  }

  private async answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part);
    const { pathname } = new URL(incoming.url ?? '/', this.address);
    const reply = ({ status, value }: Reply) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    if (pathname === '/api/v1/metadata') return void reply({ status: 202, value: {} });
    const request = `${incoming.method} ${pathname}`;
    const body = parts.length > 0 ? JSON.parse(Buffer.concat(parts).toString()) : undefined;
    const answer = this.answerTo(request, body, incoming.headers);
    this.asked.push({ request, body, status: answer.status });
    reply(answer);
  }

  private answerTo(request: string, body: any, headers: IncomingMessage['headers']): Reply {
    if (headers['dd-api-key'] !== this.keys.api || headers['dd-application-key'] !== this.keys.application)
      return refused(403, 'Forbidden');
    const status = this.refuses(request);
    if (status !== undefined) return refused(status, 'as the test says');
    const problems = body === undefined ? [] : this.judge.problems(request, body);
    if (problems.length > 0) return refused(400, ...problems);

    const [method, asked = ''] = request.split(' ');
    if (request === 'POST /api/v1/synthetics/tests/delete') return this.deleteTests(body.public_ids);
    const kind = kinds.find((each) => asked === path[each].all);
    if (kind && method === 'POST') return this.make(kind, body);
    const id = asked.split('/').at(-1) ?? '';
    const thing = this.things.get(id);
    if (!thing) return refused(404, 'Not found');
    const { all, read } = path[thing.kind];
    if (method === 'GET' && asked === `${read}/${id}`) return done(answerOf(thing));
    if (method === 'PUT' && asked === `${all}/${id}`) {
      thing.json = body;
      return done(answerOf(thing));
    }
    if (method !== 'DELETE' || asked !== `${read}/${id}`) return refused(405, 'Method not allowed');
    this.things.delete(id);
    return done(thing.kind === 'monitor' ? { deleted_monitor_id: Number(id) } : { deleted_dashboard_id: id });
  }

  private make(kind: Kind, json: any): Reply {
    const number = ++this.made;
    const id = kind === 'monitor' ? String(1000 + number) : `abc-def-${String(number).padStart(3, '0')}`;
    const thing = { kind, id, json };
    this.things.set(id, thing);
    return done(answerOf(thing));
  }

  private deleteTests(ids: readonly string[]): Reply {
    if (ids.some((id) => this.things.get(id)?.kind !== 'test')) return refused(404, 'Not found');
    for (const id of ids) this.things.delete(id);
    return done({ deleted_tests: ids.map((id) => ({ public_id: id, deleted_at: now() })) });
  }
}

/** What was written, with what Datadog adds. */
function answerOf({ kind, id, json }: Thing): unknown {
  const by = { handle, name: 'operator', email: handle };
  if (kind === 'monitor')
    return {
      ...json,
      id: Number(id),
      created: now(),
      modified: now(),
      creator: by,
      multi: false,
      overall_state: 'OK',
    };
  if (kind === 'dashboard') return { ...json, id, author_handle: handle, created_at: now(), modified_at: now() };
  return { ...json, public_id: id, monitor_id: 1, created_at: now(), created_by: by };
}

function now(): string {
  return new Date().toISOString();
}

function done(value: unknown): Reply {
  return { status: 200, value };
}

function refused(status: number, ...errors: string[]): Reply {
  return { status, value: { errors } };
}
