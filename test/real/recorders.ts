import { createSocket } from 'node:dgram';
import { createServer, type Server } from 'node:http';
import { gunzipSync } from 'node:zlib';

/** What came to a recorder over HTTP. */
export interface Recorded {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: Buffer;
}

export interface Recorder<T> {
  readonly received: readonly T[];
  close(): void;
}

/** Answers everything with 200 and an empty object, and keeps it. */
export async function recordHttp(address: string, port: number): Promise<Recorder<Recorded>> {
  const received: Recorded[] = [];
  const server: Server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.once('end', () => {
      const raw = Buffer.concat(parts);
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
      received.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers, body });
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(port, address, resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { received, close };
}

/** Keeps every datagram. */
export async function recordDatagrams(address: string, port: number): Promise<Recorder<string>> {
  const received: string[] = [];
  const socket = createSocket('udp4', (message) => received.push(message.toString()));
  await new Promise<void>((resolve) => socket.bind(port, address, resolve));
  return { received, close: () => socket.close() };
}

/** An item of a Sentry envelope: its type, and what it says. */
export interface SentryItem {
  readonly type: string;
  readonly payload: any;
}

/** Lines of JSON: the envelope's header, then for each item its header and its payload. */
export function sentryItems(envelopes: readonly Recorded[]): SentryItem[] {
  return envelopes
    .filter(({ path }) => path.endsWith('/envelope/'))
    .flatMap(({ body }) => {
      const [, ...lines] = body.toString().split('\n').filter(Boolean);
      return lines.flatMap((line, index) => {
        const header = index % 2 === 0 ? JSON.parse(line) : undefined;
        return header ? [{ type: header.type, payload: JSON.parse(lines[index + 1] ?? 'null') }] : [];
      });
    });
}
