import type { Api, KubernetesObject } from '../api';
import { Played } from './played';

/** What the pods of a release wait for. */
export interface Awaited {
  /** The component of the Job, `eren-<component>`. */
  readonly job: string;
  /** The components whose init container asks whether it has run. */
  readonly waiting: readonly string[];
}

export const migrations: Awaited = { job: 'migrations', waiting: ['web', 'sidekiq'] };

const condition =
  '[.metadata.namespace, .metadata.labels["app.kubernetes.io/component"], .metadata.labels.version]';

/**
 * The schema of the databases, or the files at the CDN: pods of a release whose Job has not run wait in their init
 * container, and the Job succeeds or fails. kwok alone lets every pod start and every Job succeed.
 */
export class Gate {
  /** Releases, as `namespace/tag`. */
  private readonly pending = new Set<string>();
  private readonly failing = new Set<string>();
  private readonly played: Played;

  /** @param stages of kwok, as they came with it */
  constructor(
    private readonly api: Api,
    private readonly stages: { readonly ready: KubernetesObject; readonly complete: KubernetesObject },
    private readonly awaited: Awaited,
  ) {
    this.played = new Played(awaited.job, () => this.look());
  }

  stop(): Promise<void> {
    return this.played.stop();
  }

  /** From now on this release has something for its Job to do, which it does, or fails to. */
  async bring(namespace: string, tag: string, outcome: 'succeeds' | 'fails' = 'succeeds'): Promise<void> {
    this.pending.add(`${namespace}/${tag}`);
    if (outcome === 'fails') this.failing.add(`${namespace}/${tag}`);
    await this.tell();
  }

  private async tell(): Promise<void> {
    const { ready, complete } = this.stages;
    const waiting = of(this.pending, this.awaited.waiting);
    const broken = of(this.failing, [this.awaited.job]);
    const fails = JSON.parse(JSON.stringify(complete).replace('exitCode: 0', 'exitCode: 1'));
    fails.metadata.name = 'pod-fail';
    fails.spec.next.statusTemplate = fails.spec.next.statusTemplate
      .replace('reason: Completed', 'reason: Error')
      .replace('phase: Succeeded', 'phase: Failed');
    const all = [only(ready, 'NotIn', waiting), only(complete, 'NotIn', broken), only(fails, 'In', broken)];
    await this.api.applyAll(all);
  }

  private async look(): Promise<void> {
    for (const { metadata, spec, status } of await this.api.list('batch/v1', 'Job')) {
      if (metadata.name !== `eren-${this.awaited.job}` || !status.succeeded) continue;
      if (this.pending.delete(`${metadata.namespace}/${spec.template.metadata.labels.version}`)) await this.tell();
    }
    for (const pod of await this.api.list('v1', 'Pod')) {
      const { phase, initContainerStatuses: told } = pod.status;
      if (phase !== 'Pending' || !pod.spec.nodeName || pod.metadata.deletionTimestamp) continue;
      const { namespace, labels = {} } = pod.metadata;
      const waits =
        this.awaited.waiting.includes(labels['app.kubernetes.io/component']) &&
        this.pending.has(`${namespace}/${labels.version}`);
      if (waits && !told)
        await this.api.merge(pod, { status: { initContainerStatuses: statuses(pod) } }, 'status');
      // kwok looks at a pod again when it has changed.
      if (!waits && told) await this.api.merge(pod, { status: { initContainerStatuses: null } }, 'status');
    }
  }
}

function of(releases: ReadonlySet<string>, components: readonly string[]): string[] {
  const all = [...releases].flatMap((release) => {
    const [namespace, tag] = release.split('/');
    return components.map((component) => `${namespace}/${component}/${tag}`);
  });
  // A list without a value is none.
  return all.length > 0 ? all : ['none'];
}

function only(stage: KubernetesObject, operator: 'In' | 'NotIn', values: readonly string[]): KubernetesObject {
  const { selector } = stage.spec;
  const matchExpressions = [...selector.matchExpressions, { key: `${condition} | join("/")`, operator, values }];
  return { ...stage, spec: { ...stage.spec, selector: { ...selector, matchExpressions } } };
}

/** The sidecar runs, and the question fails again and again. */
function statuses({ spec }: any): object[] {
  return spec.initContainers.map(({ name, image, restartPolicy }: any) =>
    restartPolicy === 'Always'
      ? { name, image, imageID: '', ready: true, started: true, restartCount: 0, state: { running: {} } }
      : {
          name,
          image,
          imageID: '',
          ready: false,
          restartCount: 2,
          state: { waiting: { reason: 'CrashLoopBackOff', message: 'played: its Job has not run' } },
        },
  );
}
