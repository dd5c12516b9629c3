import { existsSync } from 'node:fs';
import type { RequestOptions } from 'node:http';
import type { KubeConfig, User } from '@kubernetes/client-node';
import type { Connection } from './api-server';

export interface Chosen {
  /** Absent for what kubectl would use. */
  readonly kubeconfig?: string;
  /** Absent for the current one. */
  readonly context?: string;
  /** Milliseconds that a plugin may take to sign in. */
  readonly patience: number;
  /** Whose entry is missing where there is none. */
  readonly cluster: { readonly name: string; readonly region: string };
}

/** How to get an entry for the cluster. */
function remedyFor({ name, region }: Chosen['cluster']): string {
  return `get one with aws eks update-kubeconfig --name ${name} --region ${region}`;
}

/**
 * Reads a kubeconfig and signs in, by a plugin too (`aws eks get-token`).
 *
 * @throws Error that says what is wrong with the file, the context or the credentials
 */
export async function connect({ kubeconfig, context, patience, cluster: ours }: Chosen): Promise<Connection> {
  const remedy = remedyFor(ours);
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  const said = kubeconfig ? `--kubeconfig ${kubeconfig}` : (process.env.KUBECONFIG ?? 'the kubeconfig');
  if (kubeconfig && !existsSync(kubeconfig)) throw new Error(`${said}: there is no such file`);
  try {
    if (kubeconfig) config.loadFromFile(kubeconfig);
    else config.loadFromDefault();
  } catch (error) {
    throw new Error(`${said}: ${(error as Error).message.split('\n')[0]}; ${remedy}`);
  }
  // What the client makes up where there is no file at all.
  if (!kubeconfig && config.getCurrentContext() === 'loaded-context')
    throw new Error(`there is no kubeconfig; ${remedy}`);
  if (context !== undefined) config.setCurrentContext(context);
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new Error(`${said}: ${missing(config, context, remedy)}`);
  const user = config.getCurrentUser();
  if (user?.exec) tellPlugin(user);
  const options: RequestOptions & { rejectUnauthorized?: boolean } = {};
  try {
    await within(patience, config.applyToHTTPSOptions(options as never));
  } catch (error) {
    throw new Error(signIn(error as NodeJS.ErrnoException, user));
  }
  return { context: config.getCurrentContext(), server: cluster.server, options };
}

function missing(config: KubeConfig, context: string | undefined, remedy: string): string {
  const names = config.getContexts().map(({ name }) => name);
  const others = names.length > 0 ? `there are ${names.join(', ')}` : `there is none; ${remedy}`;
  if (context !== undefined) return `--context ${context} is not a context with a cluster; ${others}`;
  return `has no current context with a cluster; choose one with --context: ${others}`;
}

/** As kubectl does; some plugins answer in another version without it. */
function tellPlugin(user: User): void {
  const spec = { interactive: false };
  const value = JSON.stringify({ apiVersion: user.exec.apiVersion, kind: 'ExecCredential', spec });
  user.exec.env = [...(user.exec.env ?? []), { name: 'KUBERNETES_EXEC_INFO', value }];
}

function signIn({ code, message }: NodeJS.ErrnoException, user: User | null): string {
  const plugin = user?.exec && [user.exec.command, ...(user.exec.args ?? [])].join(' ');
  if (!plugin) return `the credentials of user ${user?.name} cannot be used: ${message}`;
  if (code === 'ENOENT') return `${user.exec.command}, which signs in, is not installed or not on the PATH`;
  const [line = 'it said nothing'] = message.trim().split('\n');
  return `signing in with ${plugin} failed: ${line}; run aws sso login, or look at AWS_PROFILE`;
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no credentials in ${milliseconds / 1000} s`)), milliseconds);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
