import { clusterApi } from './cluster-api';

/** What the cluster says of one environment. */
export interface LiveEnvironment {
  readonly environment: string;
  readonly rollouts: readonly {
    readonly name: string;
    readonly phase: string;
    /** The steps that are done, of how many; absent where the strategy has none. */
    readonly step?: number;
    readonly steps?: number;
    /** Share of the requests that the new version gets, in percent. */
    readonly weight?: number;
    readonly message?: string;
    readonly ready: number;
    readonly replicas: number;
  }[];
  readonly applications: readonly { readonly name: string; readonly sync: string; readonly health: string }[];
}

export type LiveStatus =
  | { readonly asked: false; readonly why: string }
  | { readonly asked: true; readonly environments: readonly LiveEnvironment[] };

/** How long a cluster may take to answer, in milliseconds: the private API is not reached without the tunnel. */
const patience = 4_000;

/** Asks for the Rollouts and the Applications of these environments; an answer that does not come is said, not an error. */
export async function liveStatus(environments: readonly string[], kubeconfig?: string): Promise<LiveStatus> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no answer in ${patience / 1_000} s; is the tunnel open?`)),
      patience,
    );
  });
  try {
    return { asked: true, environments: await Promise.race([ask(environments, kubeconfig), late]) };
  } catch (error) {
    return { asked: false, why: (error as Error).message.split('\n')[0] ?? '' };
  } finally {
    clearTimeout(timer);
  }
}

async function ask(environments: readonly string[], kubeconfig?: string): Promise<LiveEnvironment[]> {
  const api = await clusterApi(kubeconfig);
  const items = async (path: string) => {
    const { status, body } = await api('GET', path);
    if (status !== 200) throw new Error(`the cluster answered ${status} to ${path}: ${body?.message ?? ''}`);
    return body.items as Record<string, any>[];
  };
  const applications = await items('/apis/argoproj.io/v1alpha1/namespaces/argocd/applications');
  return Promise.all(
    environments.map(async (environment) => ({
      environment,
      rollouts: (await items(`/apis/argoproj.io/v1alpha1/namespaces/${environment}/rollouts`)).map(rolloutOf),
      applications: applications
        .filter(({ metadata }) => metadata.name === environment || metadata.name.startsWith(`${environment}-`))
        .map(({ metadata, status }) => ({
          name: metadata.name,
          sync: status?.sync?.status ?? 'Unknown',
          health: status?.health?.status ?? 'Unknown',
        })),
    })),
  );
}

function rolloutOf({ metadata, spec, status = {} }: Record<string, any>) {
  const steps: readonly unknown[] | undefined = spec.strategy?.canary?.steps;
  return {
    name: metadata.name,
    phase: status.phase ?? 'Unknown',
    ...(steps && { step: Math.min(status.currentStepIndex ?? 0, steps.length), steps: steps.length }),
    ...(status.canary?.weights?.canary && { weight: status.canary.weights.canary.weight }),
    ...(status.message && { message: status.message }),
    ready: status.readyReplicas ?? 0,
    replicas: status.replicas ?? 0,
  };
}
