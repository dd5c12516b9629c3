import { load } from 'js-yaml';
import { chartFolders } from '../../charts/app';
import { addOns } from '../../charts/environments/add-ons';
import { mostSidekiqPods, mostWebPods } from '../../charts/environments/rules';
import { render } from '../../charts/output';
import type { Settings } from '../../charts/settings';
import { podOf } from '../charts/jenkins/agent-pods';
import { read } from '../charts/jenkins/agents';
import { type KubernetesObject, RefusedError } from './api';
import type { Cluster } from './cluster';
import { addOnDaemons, addOnPods, copies, type Demand, ofNode, onEach } from './demand';
import { inOrder, type Manifest } from './manifests';
import { type NodeCounts, nodesOf } from './nodes';
import { random, shuffled } from './random';
import { until } from './waiting';

/** A moment in the life of the cluster. */
export interface Moment {
  readonly nodes: NodeCounts;
  /** Where nodes can be started; all zones of the settings when absent. */
  readonly zones?: readonly string[];
  /** Every environment at HPA maximum with a canary that is aborted at its last step; else at HPA minimum. */
  readonly worst?: boolean;
  /** A migration, the upload of assets and every scheduled job at the same time. */
  readonly jobs?: boolean;
  /** Jenkins has as many agents as it may. */
  readonly agents?: boolean;
}

/** A pod that was not placed. */
export interface Pending {
  /** `namespace/name` */
  readonly pod: string;
  /** Up to 0 it may wait, when a node is lost: staging, and builds. */
  readonly priority: number;
  /** What the scheduler says. */
  readonly why: string;
}

/**
 * Has the real scheduler place all pods of some settings. It is not deterministic: whoever says that they fit has to be
 * right in every run.
 */
export class Placement {
  private readonly manifests: Manifest[];
  /** What the pods of the moment are made of, by `namespace/name`. */
  private readonly wanted = new Map<string, Demand>();
  /** Why a pod could not be created yet. */
  private waits = '';

  /** Makes what pods need at admission: namespaces, classes, quotas, ServiceAccounts. Nodes come with a moment. */
  static async prepare(cluster: Cluster, settings: Settings): Promise<Placement> {
    const placement = new Placement(cluster, settings);
    const kinds = ['Namespace', 'PriorityClass', 'StorageClass', 'ResourceQuota', 'LimitRange', 'ServiceAccount'];
    const needed = placement.manifests
      .filter(({ object }) => kinds.includes(object.kind))
      .map(({ object }) => object);
    const classes = needed.filter(({ kind }) => kind === 'PriorityClass');
    // Its value cannot change, and other settings may have another one.
    for (const { apiVersion, kind, metadata } of classes)
      await cluster.api.request('DELETE', await cluster.api.path(apiVersion, kind, undefined, metadata.name));
    const there = new Set(needed.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name));
    const others = [...new Set(Object.values(addOns).map(({ namespace }) => namespace))].filter(
      (n) => !there.has(n),
    );
    const namespaces = others.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));
    await cluster.api.applyAll([...namespaces, ...needed]);
    return placement;
  }

  private constructor(
    private readonly cluster: Cluster,
    private readonly settings: Settings,
  ) {
    const files = [...render(chartFolders(settings))].filter(([path]) => path.startsWith('dist/'));
    this.manifests = inOrder(files.map(([path, text]) => ({ path, object: load(text) as KubernetesObject })));
  }

  /**
   * Creates the pods of a moment in an order of the seed's, on nodes that hold nothing, and waits for the scheduler.
   *
   * @returns the pods that have no node, those included that had to give way to others
   */
  async pending(moment: Moment, seed: number): Promise<Pending[]> {
    await this.clear();
    this.wanted.clear();
    await this.setNodes(this.nodes(moment));
    const claims = this.objects('PersistentVolumeClaim');
    // What the last run had counts against the quota for a moment.
    await until('the claims', () => this.cluster.api.applyAll(claims).then(() => true, isForbidden), {
      seconds: 60,
    });
    const nodes = await this.cluster.api.list('v1', 'Node');
    return this.schedule(shuffled(this.demand(moment, nodes, seed), seed));
  }

  /** Takes a node away; its pods come again, but for those of a DaemonSet. @returns as `pending` */
  async lose(node: string): Promise<Pending[]> {
    const { api } = this.cluster;
    const gone = (await this.pods()).filter(({ spec }) => spec.nodeName === node);
    await api.done('DELETE', `/api/v1/nodes/${node}`);
    for (const { metadata } of gone) await this.remove(metadata);
    const demands = gone.map((pod) => this.wanted.get(keyOf(pod))).filter((demand) => demand !== undefined);
    const daemons = demands.filter(({ metadata }) => metadata.annotations?.[ofNode]);
    for (const daemon of daemons) this.wanted.delete(keyOf(daemon));
    return this.schedule(demands.filter((demand) => !daemons.includes(demand)));
  }

  /** Starts the nodes of a moment that are missing, with the pods that every node has. @returns as `pending` */
  async replace(moment: Moment): Promise<Pending[]> {
    const there = new Set((await this.cluster.api.list('v1', 'Node')).map(({ metadata }) => metadata.name));
    await this.setNodes(this.nodes(moment));
    const nodes = await this.cluster.api.list('v1', 'Node');
    const again = nodes.filter(({ metadata }) => !there.has(metadata.name));
    return this.schedule(this.daemons(again));
  }

  /** How many pods of a moment there are. */
  async count(): Promise<number> {
    return (await this.pods()).length;
  }

  /** Deletes the volumes, so that the next pods have theirs in any zone. Until then they stay, as in real life. */
  async forgetVolumes(): Promise<void> {
    const { api } = this.cluster;
    await this.clear();
    const claims = () => api.list('v1', 'PersistentVolumeClaim');
    for (const { metadata } of await claims())
      await api.request(
        'DELETE',
        `/api/v1/namespaces/${metadata.namespace}/persistentvolumeclaims/${metadata.name}`,
      );
    await until('the claims are gone', async () => (await claims()).length === 0, { seconds: 60 });
    await api.done('DELETE', '/api/v1/persistentvolumes');
    // Nothing here would delete what is behind them.
    for (const volume of await api.list('v1', 'PersistentVolume'))
      await api.merge(volume, { metadata: { finalizers: null } }).catch(() => undefined);
  }

  private async clear(): Promise<void> {
    const { api } = this.cluster;
    const namespaces = new Set((await this.pods()).map(({ metadata }) => metadata.namespace));
    for (const name of namespaces)
      await api.done('DELETE', `/api/v1/namespaces/${name}/pods?gracePeriodSeconds=0`);
    await until('the pods are gone', async () => (await this.pods()).length === 0, { seconds: 60 });
  }

  private nodes({ nodes, zones }: Moment): KubernetesObject[] {
    const { cluster } = this.settings;
    return nodesOf(zones ? { ...cluster, network: { ...cluster.network, zones: [...zones] } } : cluster, nodes);
  }

  private async setNodes(wanted: readonly KubernetesObject[]): Promise<void> {
    const { api } = this.cluster;
    const names = new Set(wanted.map(({ metadata }) => metadata.name));
    const there = await api.list('v1', 'Node');
    for (const { metadata } of there)
      if (!names.has(metadata.name)) await api.done('DELETE', `/api/v1/nodes/${metadata.name}`);
    const have = new Set(there.map(({ metadata }) => metadata.name));
    await this.cluster.addNodes(wanted.filter(({ metadata }) => !have.has(metadata.name)));
  }

  /** Creates pods and waits for the scheduler; whoever gives way comes again, as its controller would have it. */
  private async schedule(pods: readonly Demand[]): Promise<Pending[]> {
    for (const pod of pods) this.wanted.set(keyOf(pod), pod);
    this.waits = '';
    await Promise.all(pods.map((pod) => this.create(pod)));
    let last = '';
    let since = performance.now();
    return until(
      'the scheduler has looked at every pod',
      async () => {
        const all = new Map((await this.pods()).map((pod) => [keyOf(pod), pod]));
        const gone = [...this.wanted].filter(([key]) => !all.has(key));
        await Promise.all(gone.map(([, pod]) => this.create(pod)));
        const without = [...all.values()].filter(({ spec }) => !spec.nodeName);
        if (gone.length + without.length === 0) return [];
        const pending = without.map((pod) => ({
          pod: keyOf(pod),
          priority: pod.spec.priority ?? 0,
          why: whyPending(pod),
        }));
        const now = JSON.stringify([pending, [...all.values()].map(({ metadata }) => metadata.uid)]);
        if (now !== last || gone.length > 0) since = performance.now();
        last = now;
        // A volume takes a second, and whoever is to give way is still there for a moment.
        const decided = pending.every(({ why }) => why !== '') && performance.now() - since > 3_000;
        return decided && pending;
      },
      { seconds: 60, seen: () => `${last} ${this.waits}` },
    );
  }

  private async create(pod: Demand): Promise<void> {
    const path = `/api/v1/namespaces/${pod.metadata.namespace}/pods`;
    const { status, body } = await this.cluster.api.request('POST', path, {
      apiVersion: 'v1',
      kind: 'Pod',
      ...pod,
    });
    // One of that name, or others that the quota counts, may be leaving still; the next look tries again.
    const leaving = status === 409 || (status === 403 && /exceeded quota/.test(body.message));
    if (leaving) this.waits = body.message;
    else if (status >= 300) throw new RefusedError(status, keyOf(pod), body);
  }

  private async remove({ namespace, name }: any): Promise<void> {
    await this.cluster.api.request('DELETE', `/api/v1/namespaces/${namespace}/pods/${name}?gracePeriodSeconds=0`);
  }

  private pods(): Promise<any[]> {
    return this.cluster.api.list('v1', 'Pod');
  }

  private objects(kind: string): KubernetesObject[] {
    return this.manifests.map(({ object }) => object).filter((object) => object.kind === kind);
  }

  private demand(moment: Moment, nodes: readonly any[], seed: number): Demand[] {
    return [
      ...this.objects('Deployment').flatMap((each) => copies(each, this.replicas(each, moment))),
      ...this.objects('StatefulSet').flatMap((each) => copies(each, each.spec.replicas ?? 1)),
      ...this.objects('Rollout').flatMap((each) => this.webPods(each, moment)),
      ...this.daemons(nodes),
      ...(moment.jobs ? this.jobs() : []),
      ...addOnPods(),
      ...(moment.agents ? this.agents(seed) : []),
    ];
  }

  private daemons(nodes: readonly any[]): Demand[] {
    const own = this.objects('DaemonSet').flatMap((each) => onEach(nodes, each.spec.template, each.metadata));
    return [...own, ...addOnDaemons(nodes)];
  }

  private replicas({ metadata, spec }: KubernetesObject, { worst }: Moment): number {
    const site = this.settings.sites.find(({ environment }) => environment.namespace === metadata.namespace);
    if (!site || metadata.labels?.['app.kubernetes.io/component'] !== 'sidekiq') return spec.replicas ?? 1;
    return worst ? mostSidekiqPods(site.environment) : site.environment.sidekiq.replicas;
  }

  private webPods(rollout: KubernetesObject, { worst }: Moment): Demand[] {
    const site = this.settings.sites.find(
      ({ environment }) => environment.namespace === rollout.metadata.namespace,
    );
    if (!site) throw new Error(`no environment has the namespace ${rollout.metadata.namespace}`);
    const of = (hash: string, count: number) => copies(rollout, count, { 'rollouts-pod-template-hash': hash });
    if (!worst) return of('stable', site.environment.web.autoscaling.min);
    const most = mostWebPods(site.environment);
    return [...of('stable', Math.ceil(most / 2)), ...of('canary', Math.floor(most / 2))];
  }

  /** One pod of every job that something else than a person starts, and of those that an upgrade brings. */
  private jobs(): Demand[] {
    const cron = this.objects('CronJob')
      .filter(({ spec }) => !spec.suspend)
      .map((each) => ({ ...each, spec: each.spec.jobTemplate.spec }));
    return [...this.objects('Job'), ...cron].flatMap((each) => copies(each, 1));
  }

  /** As many as Jenkins may have at once; which of them, the seed decides. */
  private agents(seed: number): Demand[] {
    const map = this.objects('ConfigMap').find(({ data }) => data?.['jenkins.yaml']);
    const cloud = read(map?.data['jenkins.yaml']).jenkins.clouds[0].kubernetes;
    const next = random(seed);
    return Array.from({ length: this.settings.cluster.jenkins.agents.most }, (_, i) => {
      const { name } = cloud.templates[Math.floor(next() * cloud.templates.length)];
      const { metadata, spec } = podOf({ inheritFrom: name }, cloud);
      return { metadata: { ...metadata, name: `agent-${name}-${i}` }, spec };
    });
  }
}

/** False, to be tried again. @throws any other error */
function isForbidden(error: unknown): false {
  if (error instanceof RefusedError && error.status === 403) return false;
  throw error;
}

function keyOf({ metadata: { namespace, name } }: Demand): string {
  return `${namespace}/${name}`;
}

/** Empty while the scheduler has not decided, or others are still making room. */
function whyPending(pod: any): string {
  if (pod.status?.nominatedNodeName) return '';
  const scheduled = pod.status?.conditions?.find(({ type }: any) => type === 'PodScheduled');
  return scheduled?.reason === 'Unschedulable' ? scheduled.message : '';
}
