import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** What one of them was told. */
export interface Notice {
  readonly to: 'slack' | 'github' | 'datadog';
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly path: string;
  /** The body; of Slack's form the attachment, taken apart. */
  readonly says: any;
}

/** Slack, GitHub and Datadog's events in one server, which keeps what it is told. */
export class Recipients {
  readonly notices: Notice[] = [];

  static async start(): Promise<Recipients> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const played = new Recipients(`http://127.0.0.1:${port}`, () => {
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
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts).toString();
    const { pathname } = new URL(request.url ?? '/', this.address);
    const keep = (to: Notice['to'], says: unknown) =>
      this.notices.push({ to, at: Date.now(), path: pathname, says });
    const reply = (status: number, value: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));

    if (pathname === '/slack/chat.postMessage') {
      const form = new URLSearchParams(body);
      const [attachment] = JSON.parse(form.get('attachments') ?? '[{}]');
      keep('slack', { channel: form.get('channel'), text: form.get('text'), ...attachment });
      return void reply(200, { ok: true, channel: 'C1', ts: '1.1' });
    }
    if (pathname === '/datadog') {
      keep('datadog', JSON.parse(body));
      return void reply(202, {});
    }
    if (pathname.endsWith('/access_tokens'))
      return void reply(201, { token: 'played', expires_at: new Date(Date.now() + 3_600_000).toISOString() });
    if (pathname.includes('/statuses/')) {
      keep('github', JSON.parse(body));
      return void reply(201, {});
    }
    reply(404, { message: `${pathname} is not played` });
  }
}
