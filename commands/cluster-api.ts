import { request } from 'node:https';

/** What a cluster answered. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: any;
}

export type ClusterApi = (method: string, path: string, body?: string, contentType?: string) => Promise<ApiAnswer>;

/**
 * Asks the API server of a kubeconfig's current context.
 *
 * @param file absent for the one that kubectl would use
 * @throws Error when the file has no context
 */
export async function clusterApi(file?: string): Promise<ClusterApi> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  if (file) config.loadFromFile(file);
  else config.loadFromDefault();
  const cluster = config.getCurrentCluster();
  if (!cluster)
    throw new Error(`${file ?? 'the kubeconfig'} has no current context; name another with --kubeconfig`);
  const options: Record<string, any> = {};
  await config.applyToHTTPSOptions(options);
  return (method, path, body, contentType = 'application/json') =>
    new Promise((resolve, reject) => {
      const url = new URL(path, cluster.server);
      const headers = {
        ...options.headers,
        Accept: 'application/json',
        ...(body && { 'Content-Type': contentType }),
      };
      const asked = request(url, { ...options, method, headers }, (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part) => parts.push(part));
        answer.on('end', () => {
          const text = Buffer.concat(parts).toString();
          resolve({ status: answer.statusCode ?? 0, body: parsed(text) });
        });
      });
      asked.on('error', (error) => reject(new Error(`${cluster.server}: ${error.message}`)));
      asked.end(body);
    });
}

function parsed(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    return { message: text };
  }
}
