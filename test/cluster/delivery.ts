import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildGroupName, nodeCounts } from '../../charts/environments/node-groups';
import type { KubernetesObject } from './api';
import { ArgoCd } from './argo-cd';
import { type RolloutsOptions, startRollouts } from './argo-rollouts';
import { Cluster } from './cluster';
import { inOrder, manifestsOf } from './manifests';
import { play, type Stage } from './played';
import { Observability } from './played/observability';
import type { Programs } from './programs';
import { Repository } from './repository';
import { settings } from './settings';
import { until } from './waiting';

const applicationVersion = 'argoproj.io/v1alpha1';

export interface DeliveryOptions {
  /** By which the waiting times of a canary are divided. */
  readonly factor?: number;
  /** The folder that the cluster's own is made in. */
  readonly within?: string;
  /** Is told what begins. */
  readonly say?: (what: string) => void;
}

/** The whole platform, and what delivers to it: cluster, Argo Rollouts, Argo CD, the repository, what is played. */
export class Delivery {
  static async start(
    programs: Programs,
    { factor = 15, within, say = () => {} }: DeliveryOptions = {},
  ): Promise<Delivery> {
    say(`etcd, API server, controllers and scheduler of Kubernetes ${programs.minor}, and all definitions`);
    const cluster = await Cluster.start(programs, within);
    try {
      say('the repository, made of the working tree; nodes of the settings; Argo Rollouts');
      const observability = cluster.add(await Observability.start());
      const [repository, stage] = await Promise.all([
        Repository.make(cluster.processes.folder, { sentry: observability.address, factor }),
        (async () => {
          const builds = buildGroupName(settings.cluster);
          const { [builds]: least = 1 } = nodeCounts(settings.cluster, 'min');
          await cluster.startNodes(settings.cluster, { ...nodeCounts(settings.cluster, 'max'), [builds]: least });
          const stage = await play(cluster, { address: observability.address });
          await startRollouts(cluster, { aws: stage.loadBalancer.elb.address });
          return stage;
        })(),
      ]);
      say('Argo CD');
      return new Delivery(cluster, await ArgoCd.start(cluster), repository, observability, stage);
    } catch (error) {
      const said = cluster.explain();
      await cluster.stop();
      throw new Error(`${(error as Error).message}\n${said}`);
    }
  }

  private constructor(
    readonly cluster: Cluster,
    readonly argoCd: ArgoCd,
    readonly repository: Repository,
    readonly observability: Observability,
    private readonly stage: Stage,
  ) {}

  /** What pods use, which the autoscalers look at. */
  get usage() {
    return this.stage.usage;
  }

  /** What makes load balancers of Ingresses. */
  get loadBalancer() {
    return this.stage.loadBalancer;
  }

  /** Starts Argo Rollouts again, after it was ended. */
  startRollouts(options: Omit<RolloutsOptions, 'aws'> = {}): Promise<void> {
    return startRollouts(this.cluster, { aws: this.loadBalancer.elb.address, ...options });
  }

  get api() {
    return this.cluster.api;
  }

  stop(): Promise<void> {
    return this.cluster.stop();
  }

  /** What a person applies once. The add-ons are Helm charts, for which nothing here renders or runs anything. */
  async bootstrap(): Promise<void> {
    const objects = this.manifests('argocd/bootstrap').map((object) => {
      if (object.kind !== 'Application') return object;
      const { source } = object.spec;
      const directory = { ...source.directory, exclude: 'add-ons/*' };
      return { ...object, spec: { ...object.spec, source: { ...source, directory } } };
    });
    await this.api.applyAll(objects, { manager: 'person' });
  }

  /** The objects of a folder of the delivered tree, in the order in which they can be created. */
  manifests(folder: string): KubernetesObject[] {
    return inOrder(manifestsOf([folder], this.repository.tree)).map(({ object }) => object);
  }

  async application(name: string): Promise<any> {
    return this.api.get(applicationVersion, 'Application', name, 'argocd');
  }

  async applications(): Promise<any[]> {
    return this.api.list(applicationVersion, 'Application', 'argocd');
  }

  /** What GitHub's webhook does after a push. */
  async refresh(): Promise<void> {
    const patch = { metadata: { annotations: { 'argocd.argoproj.io/refresh': 'hard' } } };
    for (const application of await this.applications()) await this.api.merge(application, patch);
  }

  /** Waits until Applications are Synced and Healthy, at the last commit, and no operation runs. */
  async settled(names: readonly string[], seconds = 300): Promise<void> {
    let waiting: string[] = [];
    const commit = await this.repository.head();
    await until(
      `${names.length} Applications are Synced and Healthy`,
      async () => {
        const all = new Map((await this.applications()).map((each) => [each.metadata.name, each]));
        waiting = names
          .filter((name) => !isSettled(all.get(name), commit))
          .map((name) => `${name} ${stateOf(all.get(name))}`);
        return waiting.length === 0;
      },
      { seconds, every: 0.5, seen: () => waiting.join('; ') },
    );
  }

  /** The generated Applications that sync by themselves; those of a person do not. */
  automatic(): string[] {
    const all = this.manifests('argocd/applications').filter(({ spec }) => spec.syncPolicy.automated);
    return all.map(({ metadata }) => metadata.name);
  }

  /** Waits until an Application has this health. */
  async health(name: string, health: string, seconds = 120): Promise<void> {
    let last: string | undefined;
    await until(
      `Application ${name} is ${health}`,
      async () => {
        const application = await this.application(name);
        last = stateOf(application);
        return application?.status?.health?.status === health;
      },
      { seconds, seen: () => last },
    );
  }

  async rollout(environment: string): Promise<any> {
    return this.api.get(applicationVersion, 'Rollout', 'e-ren-rollout', environment);
  }

  /** The weights of the Ingress annotation, in percent, by Service. */
  async weights(environment: string): Promise<Record<string, number>> {
    return weightsOf(await this.ingress(environment));
  }

  async ingress(environment: string): Promise<any> {
    return this.api.get('networking.k8s.io/v1', 'Ingress', 'eren-ingress', environment);
  }

  /** Looks at a Rollout, its weights and its pods several times a second until it is stopped. */
  observe(environment: string): Observation {
    return new Observation(this, environment);
  }

  /** Promotes an image to apps and pushes, as Jenkins does; then tells Argo CD. @returns what the command printed */
  async promote(environment: string, ...words: string[]): Promise<string> {
    const said = await this.repository.npm('commands/promote.ts', environment, ...words, '--push');
    await this.refresh();
    return said;
  }

  async rollback(environment: string, app: string, ...options: string[]): Promise<string> {
    const said = await this.repository.npm('commands/rollback.ts', environment, app, '--push', ...options);
    // It leaves this clone as it was, and the next commit goes on top of it.
    await this.repository.git('pull', '--quiet', '--ff-only');
    await this.refresh();
    return said;
  }

  /** Says that web's canary has passed what it runs, as the pipeline does with the promotion of Sidekiq. */
  async passed(environment: string, reference: string): Promise<void> {
    await this.promote(environment, 'sidekiq', reference, '--stable', 'web');
  }

  /** A path of this delivery's own folder. */
  path(name: string): string {
    return join(this.cluster.processes.folder, name);
  }
}

/** One look at a canary. */
export interface Look {
  /** Seconds since the first. */
  readonly at: number;
  readonly weights: Readonly<Record<string, number>>;
  readonly phase: string;
  readonly message: string;
  readonly step: number;
  /** As many as the autoscaler wants. */
  readonly replicas: number;
  /** Ready pods by ReplicaSet hash. */
  readonly ready: Readonly<Record<string, number>>;
  readonly stable: string;
  readonly current: string;
  /** The ReplicaSet hash that each Service selects. */
  readonly behind: Readonly<Record<string, string>>;
  /** What the live listener does, whatever the Ingress says: the weight, and the targets that are ready pods. */
  readonly live: Readonly<Record<string, { readonly weight: number; readonly targets: number }>>;
}

/** Everything that was seen of a Rollout between two moments; an answer that fails is not a look. */
export class Observation {
  readonly looks: Look[] = [];
  private stopped = false;
  private readonly running: Promise<void>;

  constructor(
    private readonly delivery: Delivery,
    private readonly environment: string,
  ) {
    this.running = this.run();
  }

  async stop(): Promise<Look[]> {
    this.stopped = true;
    await this.running;
    return this.looks;
  }

  /** The different weights of a Service, in the order in which they were seen. */
  weightsOf(service: string): number[] {
    const all = this.looks.map(({ weights }) => weights[service] ?? Number.NaN);
    return all.filter((weight, i) => weight !== all[i - 1]);
  }

  private async run(): Promise<void> {
    const begin = performance.now();
    while (!this.stopped) {
      const look = await this.look((performance.now() - begin) / 1000).catch(() => undefined);
      if (look) this.looks.push(look);
      await sleep(200);
    }
  }

  private async look(at: number): Promise<Look> {
    const { delivery, environment } = this;
    const ingress = await delivery.ingress(environment);
    const weights = weightsOf(ingress);
    const listener = ingress ? await delivery.loadBalancer.live(ingress) : {};
    const { spec = {}, status = {} } = (await delivery.rollout(environment)) ?? {};
    const behind = await this.behind(Object.keys(weights));
    const query = '?labelSelector=app.kubernetes.io/component%3Dweb';
    const pods = await delivery.api.list('v1', 'Pod', environment, query);
    const ready: Record<string, number> = {};
    const serving = new Set<string>();
    for (const { metadata, status } of pods) {
      const { 'rollouts-pod-template-hash': hash = '' } = metadata.labels;
      const isReady = status.conditions?.some(({ type, status }: any) => type === 'Ready' && status === 'True');
      if (!isReady || metadata.deletionTimestamp) continue;
      ready[hash] = (ready[hash] ?? 0) + 1;
      serving.add(status.podIP);
    }
    // Several answers are one moment only when nothing that they are about has moved meanwhile.
    const after = [await delivery.weights(environment), await this.behind(Object.keys(weights))];
    if (JSON.stringify(after) !== JSON.stringify([weights, behind])) return this.look(at);
    return {
      at,
      weights,
      phase: status.phase ?? '',
      message: status.message ?? '',
      step: status.currentStepIndex ?? 0,
      replicas: spec.replicas ?? 0,
      ready,
      stable: status.stableRS ?? '',
      current: status.currentPodHash ?? '',
      behind,
      live: Object.fromEntries(
        Object.entries(listener).map(([service, { weight, targets }]) => [
          service,
          { weight, targets: targets.filter((target) => serving.has(target.replace(/:.*/, ''))).length },
        ]),
      ),
    };
  }

  private async behind(services: readonly string[]): Promise<Record<string, string>> {
    const hashes: Record<string, string> = {};
    for (const name of services) {
      const service = await this.delivery.api.get('v1', 'Service', name, this.environment);
      hashes[name] = service?.spec.selector['rollouts-pod-template-hash'] ?? '';
    }
    return hashes;
  }
}

function weightsOf(ingress: any): Record<string, number> {
  const action = ingress?.metadata.annotations?.['alb.ingress.kubernetes.io/actions.eren-service'];
  const groups: any[] = action ? JSON.parse(action).ForwardConfig.TargetGroups : [];
  return Object.fromEntries(groups.map(({ ServiceName, Weight }) => [ServiceName, Number(Weight)]));
}

function isSettled(application: any, commit: string): boolean {
  const { sync, health, operationState } = application?.status ?? {};
  return (
    sync?.status === 'Synced' &&
    sync.revision === commit &&
    health?.status === 'Healthy' &&
    operationState?.phase === 'Succeeded'
  );
}

/** In a line, with the first thing that is wrong. */
export function stateOf(application: any): string {
  if (!application) return 'does not exist';
  const { sync, health, operationState, conditions = [], resources = [] } = application.status ?? {};
  const wrong = resources.find(
    (each: any) => each.status === 'OutOfSync' || (each.health && each.health.status !== 'Healthy'),
  );
  return [
    sync?.status ?? 'not compared',
    health?.status,
    operationState?.phase,
    ...conditions.map(({ message }: any) => message),
    operationState?.phase !== 'Succeeded' && operationState?.message,
    wrong &&
      `${wrong.kind} ${wrong.name} ${wrong.status} ${wrong.health?.status ?? ''} ${wrong.health?.message ?? ''}`,
  ]
    .filter(Boolean)
    .join(' ')
    .slice(0, 400);
}
