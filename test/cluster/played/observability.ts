import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import * as v from 'valibot';

/** What Sentry and Datadog say of the release under test. */
export interface Story {
  /** Sessions of the release, and how many of them had errors. */
  sentry: { readonly sessions: number; readonly errored: number } | Trouble;
  /** The share of 5xx responses; null when there were too few requests, and with `over` in fewer seconds than that. */
  datadog: number | null | Trouble | { readonly share: number; readonly over: number };
}

/** How a service can be wrong: no connection, no answer, a wrong token, JSON of another shape, a page instead of JSON. */
const troubles = ['down', 'slow', 'unauthorized', 'nonsense', 'page'] as const;
export type Trouble = (typeof troubles)[number];

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
/** What a person may put at `/story`. */
const told = v.strictObject({
  sentry: v.optional(v.union([v.picklist(troubles), v.strictObject({ sessions: count, errored: count })])),
  datadog: v.optional(v.union([v.picklist(troubles), v.null(), v.pipe(v.number(), v.minValue(0), v.maxValue(1))])),
});

/** Sentry and Datadog in one server, with the shape of their answers. */
export class Observability {
  /** The story of every release that has none of its own; changed by the test at any time. */
  story: Story = { sentry: { sessions: 100, errored: 0 }, datadog: 0.01 };
  private readonly stories = new Map<string, Story>();
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

  /** What is said of one release, by the tag of its image. */
  tell(release: string, story: Partial<Story>): void {
    this.stories.set(release, { ...this.story, ...story });
  }

  /** A person's story, from now on that of every release. */
  private hear(text: string, response: ServerResponse): void {
    try {
      this.story = { ...this.story, ...v.parse(told, JSON.parse(text)) };
      response.end(`${JSON.stringify(this.story)}\n`);
    } catch (error) {
      const form = '{"sentry": {"sessions": 100, "errored": 6}, "datadog": 0.01}';
      const { message } = error as Error;
      response.writeHead(400).end(`${message}; write ${form}, or for either one of ${troubles.join(', ')}\n`);
    }
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url } = request;
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    if (method === 'PUT' && url === '/story') return this.hear(Buffer.concat(parts).toString(), response);
    const asked = `${method} ${url} ${Buffer.concat(parts)}`.trim();
    this.requests.push(asked);
    const [, release = ''] = /(?:release|version):([\w.-]+)/.exec(decodeURIComponent(asked)) ?? [];
    const story = this.stories.get(release) ?? this.story;
    const says = method === 'POST' ? story.datadog : story.sentry;
    if (says === 'down') return void response.destroy();
    if (says === 'slow') return;
    if (says === 'unauthorized') return void response.writeHead(401).end('{"detail":"Invalid token"}');
    response.writeHead(200, { 'content-type': 'application/json' });
    if (says === 'nonsense') return void response.end('{"welcome": "to the API"}');
    if (says === 'page') return void response.end('<html>It works!</html>');
    if (typeof says === 'object' && says !== null && 'sessions' in says)
      return void response.end(JSON.stringify(sessions(says)));
    response.end(JSON.stringify(scalar(typeof says === 'object' ? says && within(says, asked) : says)));
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

/** What of a share is known to somebody who looks back so far as this request does. */
function within({ share, over }: { readonly share: number; readonly over: number }, asked: string): number | null {
  const [from = 0, to = 0] = ['from', 'to'].map((key) => Number(new RegExp(`"${key}":(\\d+)`).exec(asked)?.[1]));
  return to - from < over * 1000 ? null : share;
}

/** `POST /api/v2/query/scalar`. */
function scalar(value: number | null) {
  return { data: { type: 'scalar_response', attributes: { columns: [{ name: 'query', values: [value] }] } } };
}
