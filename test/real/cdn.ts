import { request } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { ServerFiles } from './replacements';

/** What somebody meets at the CDN's address. */
export type Mood =
  /** Every file there is. */
  | 'full'
  /** The files of the bucket; 403 for others, as S3 answers somebody who may not list it. */
  | 'bucket'
  /** 403 for everybody. */
  | 'refuses'
  /** 503, as CloudFront says for an origin that is away. */
  | 'broken'
  /** The connection is closed without an answer. */
  | 'silent';

/** CloudFront signs what it asks of the bucket; moto looks whether somebody did, not who. */
const authorization =
  'AWS4-HMAC-SHA256 Credential=cdn/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0';

/** In place of CloudFront: HTTPS by the name of the settings. */
export class Cdn {
  public mood: Mood = 'full';
  /** Paths that were asked for. */
  public readonly asked: string[] = [];
  /** URL of the bucket. */
  public bucket = '';
  private readonly server: Server;

  private constructor({ certificate: cert, key }: Pick<ServerFiles, 'certificate' | 'key'>) {
    this.server = createServer({ cert, key }, (asked, answer) => {
      this.asked.push(`${asked.method} ${asked.url}`);
      const end = (status: number) => answer.writeHead(status).end();
      if (this.mood === 'silent') asked.socket.destroy();
      else if (this.mood !== 'bucket') end({ full: 200, refuses: 403, broken: 503 }[this.mood]);
      else
        request(`${this.bucket}${asked.url}`, { method: asked.method, headers: { authorization } }, (origin) => {
          origin.resume();
          end(origin.statusCode === 404 ? 403 : (origin.statusCode ?? 502));
        })
          .once('error', () => end(502))
          .end();
    });
  }

  public static async start(address: string, files: Pick<ServerFiles, 'certificate' | 'key'>): Promise<Cdn> {
    const cdn = new Cdn(files);
    await new Promise<void>((resolve) => cdn.server.listen(443, address, resolve));
    return cdn;
  }

  public close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}
