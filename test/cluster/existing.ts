import { Api, type KubernetesObject } from './api';
import { launch } from './control-plane';
import { inOrder, manifestsOf } from './manifests';
import { freePort } from './ports';
import type { Processes } from './processes';
import { binaryOf, type Programs } from './programs';
import { until } from './waiting';

/** A cluster that was there before, reached through `kubectl proxy`, which knows every way to sign in. */
export class Existing {
  /** @throws Error when a namespace of ours is in it, or it does not answer */
  static async join(processes: Processes, programs: Programs, kubeconfig: string): Promise<Existing> {
    let port = 0;
    let api: Api | undefined;
    await launch(processes, {
      program: async () => {
        port = await freePort();
        api = new Api({ server: `http://127.0.0.1:${port}` });
        const args = ['proxy', `--port=${port}`, `--kubeconfig=${kubeconfig}`];
        // A plugin that signs in reads the home of its user.
        const env = { HOME: process.env.HOME ?? '' };
        return { name: 'kubectl-proxy', file: binaryOf(programs, 'kubectl'), args, env };
      },
      ready: async () => (await api?.request('GET', '/version'))?.status === 200,
    });
    const existing = new Existing(api as Api);
    const there = (await existing.mine()).filter(({ kind }) => kind === 'Namespace');
    if (there.length > 0)
      throw new Error(
        `--kubeconfig ${kubeconfig}: has the namespaces ${there.map(({ metadata }) => metadata.name).join(', ')} already; take an empty cluster, for example of kind create cluster`,
      );
    return existing;
  }

  private constructor(readonly api: Api) {}

  /** Deletes what the scenarios made: namespaces with all that is in them, then what has no namespace. */
  async stop(): Promise<void> {
    const mine = await this.mine();
    // Argo CD would take their finalizer away, and is not there.
    for (const application of await this.api.list('argoproj.io/v1alpha1', 'Application'))
      await this.api.merge(application, { metadata: { finalizers: null } });
    for (const object of mine.filter(({ kind }) => kind === 'Namespace')) await this.remove(object);
    await until(
      'the namespaces are gone',
      async () => !(await this.mine()).some(({ kind }) => kind === 'Namespace'),
      {
        seconds: 180,
        every: 1,
      },
    );
    for (const object of mine.filter(({ kind }) => kind !== 'Namespace').reverse()) await this.remove(object);
  }

  private async remove({ apiVersion, kind, metadata: { name } }: KubernetesObject): Promise<void> {
    await this.api.request('DELETE', await this.api.path(apiVersion, kind, undefined, name));
  }

  /** What of ours is there and belongs to no namespace. */
  private async mine(): Promise<KubernetesObject[]> {
    const found = await Promise.all(
      inOrder(manifestsOf(['dist', 'imports/crds'])).map(async ({ object }) => {
        const { apiVersion, kind, metadata } = object;
        if (!kind || metadata?.namespace) return undefined;
        if (!(await this.api.resource(apiVersion, kind))) return undefined;
        return (await this.api.get(apiVersion, kind, metadata.name)) && object;
      }),
    );
    return found.filter((object): object is KubernetesObject => object !== undefined);
  }
}
