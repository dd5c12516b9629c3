import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import type { Cluster as Settings } from '../../charts/environments/environment';
import { type Api, type KubernetesObject, nameOf, RefusedError } from './api';
import { ControlPlane, flags, launch } from './control-plane';
import { Existing } from './existing';
import { manifestsOf } from './manifests';
import { type NodeCounts, nodesOf } from './nodes';
import { freePort } from './ports';
import { Processes } from './processes';
import { binaryOf, type Programs } from './programs';
import { until } from './waiting';

/** Something that ends with a cluster. */
interface Part {
  stop(): unknown;
  /** What goes wrong with it, for whoever wonders. */
  readonly trouble?: string | undefined;
}

/** A Kubernetes control plane with simulated nodes, and what else is started on it. */
export class Cluster {
  /**
   * Starts an empty one, with the definitions of all custom resources.
   *
   * @param within the folder that its own is made in; the system's temporary one when absent
   */
  static async start(programs: Programs, within = tmpdir()): Promise<Cluster> {
    const processes = new Processes(mkdtempSync(join(within, 'e-ren-cluster-')));
    try {
      const plane = new ControlPlane(processes, programs);
      const cluster = new Cluster(processes, programs, plane.kubeconfig, await plane.start(), plane);
      await cluster.define();
      return cluster;
    } catch (error) {
      await processes.end();
      throw error;
    }
  }

  /**
   * One that exists: only the definitions are applied, and in the end what was made in it is deleted.
   *
   * @throws Error when something of ours is in it
   */
  static async join(programs: Programs, kubeconfig: string, within = tmpdir()): Promise<Cluster> {
    const processes = new Processes(mkdtempSync(join(within, 'e-ren-cluster-')));
    try {
      const existing = await Existing.join(processes, programs, kubeconfig);
      const cluster = new Cluster(processes, programs, kubeconfig, existing.api);
      await cluster.define();
      cluster.add(existing);
      return cluster;
    } catch (error) {
      await processes.end();
      throw error;
    }
  }

  /** Stopped before the programs are, the last one first. */
  private readonly parts: Part[] = [];

  private constructor(
    readonly processes: Processes,
    readonly programs: Programs,
    /** For programs that want a file. */
    readonly kubeconfig: string,
    readonly api: Api,
    private readonly own?: ControlPlane,
  ) {}

  /** @throws Error in a cluster that was joined: its control plane is not ours to stop or start */
  get plane(): ControlPlane {
    if (!this.own) throw new Error('this cluster was there before; its control plane is not ours');
    return this.own;
  }

  /** Nodes as EKS would start them for the settings, and kwok, which plays their kubelets. */
  async startNodes(settings: Settings, counts: NodeCounts): Promise<void> {
    const { api, processes, programs, kubeconfig } = this;
    const stages = ['node-initialize', 'node-heartbeat-with-lease', 'pod-complete', 'pod-delete'];
    await api.applyAll([...stages.map((name) => this.file(`${name}.yaml`)), this.podReady()]);
    let port = 0;
    await launch(processes, {
      program: async () => {
        port = await freePort();
        const args = {
          kubeconfig,
          'manage-all-nodes': 'false',
          'manage-nodes-with-annotation-selector': 'kwok.x-k8s.io/node=fake',
          'enable-crds': 'Stage',
          'node-lease-duration-seconds': '40',
          'server-address': `127.0.0.1:${port}`,
        };
        return { name: 'kwok', file: binaryOf(programs, 'kwok'), args: flags(args) };
      },
      ready: async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).ok,
    });
    await this.addNodes(nodesOf(settings, counts));
  }

  /** From now on a pod is ready so many seconds after it has a node, by chance up to `most`; kwok's takes no time at all. */
  async podsNeed(seconds: number, most = seconds): Promise<void> {
    const ready = this.podReady();
    const delay = { durationMilliseconds: seconds * 1000, jitterDurationMilliseconds: most * 1000 };
    await this.api.applyAll([{ ...ready, spec: { ...ready.spec, delay } }]);
  }

  /** kwok's stage that makes a pod ready, but for one with gates: those are not the kubelet's to open. */
  podReady(): KubernetesObject {
    const stage = this.file('pod-ready.yaml');
    const template: string = stage.spec.next.statusTemplate;
    const statusTemplate = template
      .replace(/\{\{ range \.spec\.readinessGates \}\}[\s\S]*?\{\{ end \}\}\n/, '')
      .replace(
        /status: "True"\n( *)type: Ready\n/,
        'status: {{ if .spec.readinessGates }}"False"{{ else }}"True"{{ end }}\n$1type: Ready\n',
      );
    if (!/readinessGates/.test(statusTemplate) || statusTemplate === template)
      throw new Error('pod-ready.yaml of kwok has another form; test/cluster/cluster.ts changes it');
    return { ...stage, spec: { ...stage.spec, next: { ...stage.spec.next, statusTemplate } } };
  }

  async addNodes(nodes: readonly KubernetesObject[]): Promise<void> {
    await Promise.all(nodes.map((node) => this.api.done('POST', '/api/v1/nodes', node)));
    let waiting: string[] = [];
    await until(
      'all nodes are ready',
      async () => {
        const all = await this.api.list('v1', 'Node');
        waiting = all.filter((node) => !isReady(node) || node.spec.taints?.some(isTemporary)).map(nameOf);
        return waiting.length === 0;
      },
      { seconds: 120, seen: () => waiting },
    );
  }

  /** Something that ends with the cluster. */
  add<T extends Part>(part: T): T {
    this.parts.push(part);
    return part;
  }

  /** A file that came with a program, as an object. */
  file(name: string): KubernetesObject {
    return load(readFileSync(this.programs.files[name] ?? name, 'utf8')) as KubernetesObject;
  }

  async stop(): Promise<void> {
    try {
      for (const part of this.parts.reverse()) await part.stop();
    } finally {
      this.api.close();
      await this.processes.end();
    }
  }

  /** What is played and the programs say of a failure: the end of each that should run and does not, else the last errors. */
  explain(): string {
    return [...this.parts.flatMap(({ trouble }) => trouble ?? []), this.explainPrograms()].join('\n');
  }

  private explainPrograms(): string {
    const names = [...new Set([...this.processes.started])];
    const dead = names.filter((name) => this.processes.fate(name));
    if (dead.length > 0)
      return dead.map((name) => `${name} ${this.processes.fate(name)}:\n${this.processes.tail(name)}`).join('\n');
    return names
      .map((name) => [name, errorsOf(this.processes.log(name))] as const)
      .filter(([, errors]) => errors.length > 0)
      .map(([name, errors]) => `${name}:\n${errors.join('\n')}`)
      .join('\n');
  }

  private async define(): Promise<void> {
    const { api } = this;
    const own = manifestsOf(['imports/crds'])
      .map(({ object }) => object)
      .filter(({ kind }) => kind === 'CustomResourceDefinition');
    const others = [
      'kwok.x-k8s.io_stages',
      'analysis-run-crd',
      'cluster-analysis-template-crd',
      'experiment-crd',
      'applicationset-crd',
    ];
    const definitions = [...own, ...others.map((name) => this.file(`${name}.yaml`))];
    await Promise.all(
      definitions.map(async (definition) => {
        // Not by server-side apply: of a schema so large that takes the server seconds.
        const path = await api.path(definition.apiVersion, definition.kind);
        const { status, body } = await api.request('POST', path, definition);
        if (status >= 300 && status !== 409) throw new RefusedError(status, nameOf(definition), body);
      }),
    );
    for (const { spec } of definitions) {
      const served = spec.versions.filter((version: any) => version.served);
      for (const { name } of served)
        await until(`${spec.names.kind} is served`, () => api.resource(`${spec.group}/${name}`, spec.names.kind), {
          seconds: 20,
        });
    }
  }
}

function isReady(node: any): boolean {
  return node.status?.conditions?.some(({ type, status }: any) => type === 'Ready' && status === 'True') ?? false;
}

/** The controller manager takes it away when the node is ready. */
function isTemporary({ key }: { readonly key: string }): boolean {
  return key.startsWith('node.kubernetes.io/');
}

/** The last lines that their programs call errors, in klog's, logfmt's and JSON's way. */
function errorsOf(log: string): string[] {
  return log
    .split('\n')
    .filter((line) => /^E\d{4} |level=(error|fatal)|"level":"(error|fatal)"|^panic:/.test(line))
    .slice(-5)
    .map((line) => line.slice(0, 600));
}
