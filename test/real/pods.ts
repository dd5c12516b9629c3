import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Container, run } from './containers';
import { type Image, postgresImage, postgresMount } from './images';
import type { Manifests } from './manifests';
import { addHost, type Host } from './network';
import { ask, failureThreshold, type Probe, period } from './probes';
import { authorityFile, imageOf, systemAuthorities } from './replacements';
import { type Entries, render } from './secrets';
import { emptyFolder, writeFiles } from './volumes';

export interface PodProps {
  readonly name: string;
  /** `spec.template.spec` of a workload. */
  readonly spec: any;
  /** `spec.template.metadata.annotations` of it. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Where its ConfigMaps and ExternalSecrets are. */
  readonly manifests: Manifests;
  readonly store: Entries;
  readonly rails: Image;
  /** PEM, in place of Amazon's. */
  readonly authority: string;
  readonly names: Record<string, string>;
  readonly env?: Record<string, string>;
  readonly folder: string;
}

/** How a pod ended. */
export interface Ending {
  readonly seconds: number;
  /** Containers that had not ended when the grace period had, and were killed. */
  readonly killed: readonly string[];
}

/** A pod as the kubelet treats it: volumes, init containers and sidecars in order, probes, preStop, grace period. */
export class Pod {
  public readonly host: Host;
  /** What the kubelet would have restarted something for; empty while all is well. */
  public readonly trouble: string[] = [];
  public ready = false;
  private readonly running: { readonly spec: any; readonly container: Container }[] = [];
  private readonly store: Entries;
  private readonly restarting = new Set<Container>();
  private ending = false;

  constructor(private readonly props: PodProps) {
    this.host = addHost(props.name);
    this.store = structuredClone(props.store);
  }

  public get address(): string {
    return this.host.address;
  }

  public container(name: string): Container {
    return (this.running.find(({ spec }) => spec.name === name) ?? this.unknown(name)).container;
  }

  private unknown(name: string): never {
    throw new Error(`pod ${this.props.name} runs no container ${name}`);
  }

  /** All that a container said, also one that has ended. */
  public log(name: string): string {
    return readFileSync(join(this.props.folder, name, 'log'), 'utf8');
  }

  /** Until every container is ready. @throws Error when one ends, or its startup probe gives up */
  public async start(): Promise<this> {
    this.mountVolumes();
    for (const spec of this.props.spec.initContainers ?? []) {
      if (spec.restartPolicy === 'Always') await this.launch(spec, 'started');
      else await this.complete(spec);
    }
    await Promise.all(this.props.spec.containers.map((spec: any) => this.launch(spec, 'ready')));
    this.ready = true;
    return this;
  }

  /** A Job's pod: until its containers have ended. The name of the one that failed, or nothing. */
  public async runToCompletion(): Promise<string | undefined> {
    this.mountVolumes();
    for (const spec of this.props.spec.initContainers ?? []) {
      if (spec.restartPolicy === 'Always') await this.launch(spec, 'started');
      else if ((await this.launchUnwatched(spec).then(({ ended }) => ended)) !== 0) return spec.name;
    }
    for (const spec of this.props.spec.containers)
      if ((await this.launchUnwatched(spec).then(({ ended }) => ended)) !== 0) return spec.name;
    return undefined;
  }

  /** Deleted, as by a rollout: preStop and the signal in the grace period, the sidecars after the containers they serve. */
  public async stop(): Promise<Ending> {
    this.ending = true;
    this.ready = false;
    const began = Date.now();
    const end = began + this.props.spec.terminationGracePeriodSeconds * 1000;
    const sidecar = ({ spec }: { spec: any }) => spec.restartPolicy === 'Always';
    const alive = this.running.filter(({ container }) => container.running());
    const terminate = async ({ spec, container }: (typeof alive)[number]) => {
      await Promise.race([
        this.preStop(spec, container),
        container.ended,
        sleep(end - Date.now(), 0, { ref: false }),
      ]);
      signal(container, 'SIGTERM');
      const ended = await Promise.race([
        container.ended,
        sleep(Math.max(end - Date.now(), 0), 'late', { ref: false }),
      ]);
      if (ended !== 'late') return [];
      signal(container, 'SIGKILL');
      await container.ended;
      return [spec.name as string];
    };
    const containers = await Promise.all(alive.filter((each) => !sidecar(each)).map(terminate));
    const sidecars = await Promise.all(alive.filter(sidecar).map(terminate));
    return { seconds: (Date.now() - began) / 1000, killed: [...containers, ...sidecars].flat() };
  }

  /** Ends a container as told, waits so many milliseconds, and has it again, as after a failure of its node. */
  public async restart(name: string, how: NodeJS.Signals, milliseconds: number): Promise<void> {
    const index = this.running.findIndex(({ spec }) => spec.name === name);
    const { spec, container } = this.running[index] ?? this.unknown(name);
    this.running.splice(index, 1);
    this.restarting.add(container);
    signal(container, how);
    await container.ended;
    await sleep(milliseconds);
    await this.launch(spec, 'ready');
  }

  /** The node is gone, or the kernel was out of memory. */
  public kill(name: string): void {
    this.ending = true;
    signal(this.container(name), 'SIGKILL');
  }

  /** External Secrets fetched another value, and the kubelet brought it. */
  public rotate(entry: string, values: Record<string, string>): void {
    this.store[entry] = { ...this.store[entry], ...values };
    for (const volume of this.props.spec.volumes ?? []) if (volume.secret) this.mount(volume);
  }

  private mountVolumes(): void {
    for (const volume of this.props.spec.volumes ?? []) this.mount(volume);
  }

  private mount(volume: any): void {
    const folder = this.folderOf(volume.name);
    const group: number | undefined = this.props.spec.securityContext?.fsGroup;
    if (volume.downwardAPI) {
      const files = this.annotated(volume.downwardAPI.items);
      writeFiles(folder, files, volume.downwardAPI.defaultMode ?? 0o644, group);
    } else if (volume.configMap) {
      const { data = {} } = this.props.manifests.one('ConfigMap', volume.configMap.name);
      const files: Record<string, string> = { ...data };
      if (files[authorityFile]) files[authorityFile] = this.props.authority;
      const wanted: string[] =
        volume.configMap.items?.map(({ key }: { key: string }) => key) ?? Object.keys(files);
      const chosen = Object.fromEntries(wanted.map((key) => [key, files[key] as string]));
      writeFiles(folder, chosen, volume.configMap.defaultMode ?? 0o644, group);
    } else if (volume.secret) {
      const files = render(this.props.manifests.one('ExternalSecret', volume.secret.secretName), this.store);
      writeFiles(folder, files, volume.secret.defaultMode ?? 0o644, group);
    } else emptyFolder(folder, group);
  }

  /** As the kubelet does it, an annotation that is not there is an empty file. */
  private annotated(items: readonly any[]): Record<string, string> {
    const texts = items.map(({ path, fieldRef }) => {
      const [, key = ''] = /^metadata\.annotations\['(.+)'\]$/.exec(fieldRef.fieldPath) ?? [];
      return [path, path === authorityFile ? this.props.authority : (this.props.annotations?.[key] ?? '')];
    });
    return Object.fromEntries(texts);
  }

  private folderOf(volume: string): string {
    return join(this.props.folder, 'volumes', volume);
  }

  private launchUnwatched(spec: any): Promise<Container> {
    const image = imageOf(spec.image, this.props.rails);
    const own = spec.volumeMounts?.map(({ name, mountPath, readOnly }: any) => ({
      from: this.folderOf(name),
      to: mountPath,
      readOnly,
    }));
    const folder = join(this.props.folder, spec.name);
    mkdirSync(folder, { recursive: true });
    const { runAsUser, runAsGroup } = spec.securityContext;
    const { fsGroup } = this.props.spec.securityContext;
    return run({
      name: `${this.props.name}.${spec.name}`,
      host: this.host,
      image: { ...image, files: { ...image.files, [systemAuthorities]: this.props.authority } },
      command: [...(spec.command ?? image.entrypoint ?? []), ...(spec.args ?? [])],
      env: this.environment(spec),
      user: runAsUser,
      group: runAsGroup,
      groups: fsGroup === undefined ? [] : [fsGroup],
      mounts: [...(own ?? []), ...(image === postgresImage ? [postgresMount] : [])],
      names: this.props.names,
      folder,
    });
  }

  private environment({ env = [] }: any): Record<string, string> {
    const value = (variable: any): string => {
      const from = variable.valueFrom?.secretKeyRef;
      if (!from) return variable.value;
      const found = render(this.props.manifests.one('ExternalSecret', from.name), this.store)[from.key];
      if (found === undefined) throw new Error(`${variable.name}: Secret ${from.name} has no ${from.key}`);
      return found;
    };
    return { ...Object.fromEntries(env.map((each: any) => [each.name, value(each)])), ...this.props.env };
  }

  private async complete(spec: any): Promise<void> {
    const container = await this.launchUnwatched(spec);
    const status = await container.ended;
    if (status !== 0) throw new Error(`${container.name} ended with ${status}:\n${container.said().slice(-2000)}`);
  }

  private async launch(spec: any, until: 'started' | 'ready'): Promise<void> {
    const container = await this.launchUnwatched(spec);
    this.running.push({ spec, container });
    container.ended.then((status) => {
      if (!this.ending && !this.restarting.has(container)) this.trouble.push(`${spec.name} ended with ${status}`);
    });
    if (spec.lifecycle?.postStart) await container.exec(spec.lifecycle.postStart.exec.command, 30);
    if (spec.startupProbe) await this.answers(spec.startupProbe, container);
    if (spec.livenessProbe) void this.watch(spec, container);
    if (until === 'ready' && spec.readinessProbe) await this.answers(spec.readinessProbe, container);
  }

  private async answers(probe: Probe, container: Container): Promise<void> {
    for (let failures = 0; !(await ask(probe, this.address, container)); ) {
      failures += 1;
      if (!container.running() || failures >= failureThreshold(probe))
        throw new Error(`${container.name} does not answer its probe:\n${container.said().slice(-2000)}`);
      await sleep(period(probe));
    }
  }

  private async watch(spec: any, container: Container): Promise<void> {
    for (let failures = 0; failures < failureThreshold(spec.livenessProbe); ) {
      await sleep(period(spec.livenessProbe), undefined, { ref: false });
      if (this.ending || !container.running()) return;
      failures = (await ask(spec.livenessProbe, this.address, container)) ? 0 : failures + 1;
    }
    if (!this.ending) this.trouble.push(`${spec.name} would be restarted: its liveness probe failed`);
  }

  private async preStop({ lifecycle }: any, container: Container): Promise<void> {
    const hook = lifecycle?.preStop;
    if (hook?.sleep) await sleep(hook.sleep.seconds * 1000);
    else if (hook) await container.exec(hook.exec.command, this.props.spec.terminationGracePeriodSeconds);
  }
}

function signal(container: Container, name: NodeJS.Signals): void {
  try {
    process.kill(container.pid, name);
  } catch {
    // It had ended by itself.
  }
}
