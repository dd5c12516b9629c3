import { load } from 'js-yaml';
import type { Settings } from '../../charts/settings';
import { once } from './once';

export interface Manifest {
  readonly path: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Record<string, string>;
    readonly annotations?: Record<string, string>;
  };
  readonly spec: any;
  readonly data?: Record<string, string>;
  readonly [field: string]: unknown;
}

export interface PodTemplate {
  readonly owner: Manifest;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
  readonly spec: any;
}

export interface Container {
  readonly where: string;
  readonly pod: PodTemplate;
  readonly container: any;
  /** A native sidecar or an ordinary container: it runs as long as the pod does. */
  readonly stays: boolean;
}

/** What synth makes of the settings of that name, and ways to find something in it. */
export function synthesized(name: string, settings: Settings) {
  const written = once(name, () => {
    // Only the first file of a run pays for loading the charts.
    const { chartFolders } = require('../../charts/app') as typeof import('../../charts/app');
    const { render } = require('../../charts/output') as typeof import('../../charts/output');
    return [...render(chartFolders(settings))].map(([path, text]) => ({
      path,
      text,
      object: load(text) as Manifest,
    }));
  });
  /** What synth would write, path to text. */
  const files = new Map(written.map(({ path, text }) => [path, text]));
  const manifests: Manifest[] = written.map(({ path, object }) => ({ ...object, path }));

  function ofKind(...kinds: string[]): Manifest[] {
    return manifests.filter(({ kind }) => kinds.includes(kind));
  }

  /** The only one of that kind and name in the environment. */
  function one(environment: string, kind: string, name: string): Manifest {
    const found = manifests.filter(
      (each) => each.path.startsWith(`dist/${environment}/`) && each.kind === kind && each.metadata.name === name,
    );
    if (found.length !== 1) throw new Error(`${found.length} objects ${kind} ${name} in ${environment}`);
    return found[0] as Manifest;
  }

  /** The pods of every workload. */
  const pods: PodTemplate[] = ofKind('Rollout', 'Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob').map(
    (owner) => {
      const template = owner.kind === 'CronJob' ? owner.spec.jobTemplate.spec.template : owner.spec.template;
      const { labels = {}, annotations = {} } = template.metadata ?? {};
      return { owner, labels, annotations, spec: template.spec };
    },
  );

  const containers: Container[] = pods.flatMap((pod) => [
    ...(pod.spec.initContainers ?? []).map((container: any) => ({
      where: `${pod.owner.path}: ${container.name}`,
      pod,
      container,
      stays: container.restartPolicy === 'Always',
    })),
    ...pod.spec.containers.map((container: any) => ({
      where: `${pod.owner.path}: ${container.name}`,
      pod,
      container,
      stays: true,
    })),
  ]);
  return { files, manifests, ofKind, one, pods, containers };
}

/** The files that a pod mounts out of its own annotations as the volume of this name. */
export function ownFiles({ metadata, spec }: any, volume: string): Record<string, string> {
  const { downwardAPI } = spec.volumes.find(({ name }: any) => name === volume);
  return Object.fromEntries(
    downwardAPI.items.map(({ path, fieldRef }: any) => [
      path,
      metadata.annotations[fieldRef.fieldPath.slice("metadata.annotations['".length, -"']".length)],
    ]),
  );
}

/** Made anew each time and gone when it is done: nothing selects its pods, and nothing asks whether they are well. */
export function isJob({ kind }: Manifest): boolean {
  return kind === 'Job' || kind === 'CronJob';
}

export function matches(selector: Record<string, string>, labels: Record<string, string>): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}
