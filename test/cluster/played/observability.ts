import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** What Sentry and Datadog say of the release under test. */
export interface Story {
  /** Sessions of the release, and how many of them had errors. */
  sentry: { readonly sessions: number; readonly errored: number } | Trouble;
  /** The share of 5xx responses; null when there were too few requests. */
  datadog: number | null | Trouble;
}

/** How a service can be wrong: no connection, no answer, a wrong token, an answer that is no JSON. */
export type Trouble = 'down' | 'slow' | 'unauthorized' | 'nonsense';

/** Sentry and Datadog in one server, with the shape of their answers. */
export class Observability {
  /** Changed by the test at any time. */
  story: Story = { sentry: { sessions: 100, errored: 0 }, datadog: 0.01 };
  /** Every request so far: method and path, and the body of what was posted. */
  readonly requests: string[] = [];

  static async start(): Promise<Observability> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const played = new Observability(`http://127.0.0.1:${port}`, () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    });
    server.on('request', (request, response) => void played.answer(request, response));
    return played;
  }

  private constructor(
    readonly address: string,
    readonly stop: () => unknown,
  ) {}

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url } = request;
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    this.requests.push(`${method} ${url} ${Buffer.concat(parts)}`.trim());
    const told = method === 'POST' ? this.story.datadog : this.story.sentry;
    if (told === 'down') return void response.destroy();
    if (told === 'slow') return;
    if (told === 'unauthorized') return void response.writeHead(401).end('{"detail":"Invalid token"}');
    response.writeHead(200, { 'content-type': 'application/json' });
    if (told === 'nonsense') return void response.end('<html>It works!</html>');
    response.end(JSON.stringify(typeof told === 'object' && told !== null ? sessions(told) : scalar(told)));
  }
}

/** `GET /api/0/organizations/<organization>/sessions/`, grouped by the state of the session. */
function sessions({ sessions, errored }: { readonly sessions: number; readonly errored: number }) {
  const states = { healthy: sessions - errored, errored, crashed: 0, abnormal: 0 };
  return {
    groups: Object.entries(states).map(([state, count]) => ({
      by: { 'session.status': state },
      totals: { 'sum(session)': count },
    })),
  };
}

/** `POST /api/v2/query/scalar`. */
function scalar(value: number | null) {
  return { data: { type: 'scalar_response', attributes: { columns: [{ name: 'query', values: [value] }] } } };
}
