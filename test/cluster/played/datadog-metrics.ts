import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer as createProxy } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';

/** A question for a metric. */
export interface Question {
  readonly query: string;
  /** Seconds that it looks back. */
  readonly seconds: number;
  readonly keys: { readonly api?: string; readonly application?: string };
}

/**
 * Datadog's `GET /api/v1/query`, at the name that its client asks: a proxy leads that name, and no other, to a server on
 * loopback with a certificate of its own.
 */
export class DatadogMetrics {
  /** The last point of the metric; null when there is none. */
  value: number | null = 0;
  readonly questions: Question[] = [];

  /**
   * @param site whose API is played, as `datadoghq.com`
   * @param folder for the certificate; also for `localhost`
   */
  static async start(site: string, folder: string): Promise<DatadogMetrics> {
    const certificate = join(folder, 'played.crt');
    const key = join(folder, 'played.key');
    const host = `api.${site}`;
    const made = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=played -addext subjectAltName=DNS:localhost,DNS:${host}`;
    execFileSync('openssl', [...made.split(' '), '-keyout', key, '-out', certificate], { stdio: 'pipe' });
    const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) });
    const proxy = createProxy((_, response) => response.writeHead(405).end());
    for (const each of [server, proxy]) await new Promise<void>((resolve) => each.listen(0, '127.0.0.1', resolve));
    const portOf = (of: { address: () => unknown }) => (of.address() as AddressInfo).port;
    const played = new DatadogMetrics(`http://127.0.0.1:${portOf(proxy)}`, certificate, key, () => {
      server.closeAllConnections();
      proxy.closeAllConnections();
      server.close();
      proxy.close();
    });
    proxy.on('connect', (request, socket) => {
      if (request.url !== `${host}:443`) return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      const through = connect(portOf(server), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
        through.pipe(socket).pipe(through);
      });
      for (const end of [socket, through]) end.on('error', () => through.destroy());
    });
    server.on('request', (request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'https://localhost');
      const header = (name: string) => request.headers[name] as string | undefined;
      const question = {
        query: searchParams.get('query') ?? '',
        seconds: Number(searchParams.get('to')) - Number(searchParams.get('from')),
        keys: { api: header('dd-api-key'), application: header('dd-application-key') },
      };
      if (pathname === '/api/v1/query') played.questions.push(question);
      const found = pathname === '/api/v1/query';
      response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' });
      response.end(JSON.stringify(found ? played.answer(question) : { errors: ['Not found'] }));
    });
    return played;
  }

  private constructor(
    /** For `HTTPS_PROXY`. */
    readonly proxy: string,
    /** Path of the certificate, which is its own authority, and of its key. */
    readonly certificate: string,
    readonly key: string,
    readonly stop: () => unknown,
  ) {}

  private answer({ query }: Question) {
    const now = Date.now();
    const pointlist = [
      [now - 60_000, this.value],
      [now - 30_000, this.value],
    ];
    const metric = /:([\w.]+)\{/.exec(query)?.[1];
    const series = this.value === null ? [] : [{ metric, pointlist, length: 2, scope: '*', aggr: 'max' }];
    return { status: 'ok', res_type: 'time_series', query, series };
  }
}
