import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerDefinition } from '../../terraform-bridge/container-definition';
import { root } from '../support/root';
import { type Container, run } from './containers';
import { type Image, nginxImage } from './images';
import { addHost, type Host } from './network';
import { until } from './processes';
import { systemAuthorities } from './replacements';

export interface TaskProps {
  readonly rails: Image;
  /** PEM, in place of Amazon's. */
  readonly authority: string;
  readonly names: Record<string, string>;
  readonly folder: string;
  /** What stands in the definition until Terraform or ECS puts something in its place, and what is put there. */
  readonly replace: readonly (readonly [what: string, by: string])[];
  /** Values of Secrets Manager, by the variable that they are given as. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** A task as Fargate treats it: one network, containers in the order of what they depend on, and their end in the other one. */
export class Task {
  public readonly host: Host;
  public readonly port: number;
  private readonly definitions: readonly ContainerDefinition[];
  private readonly running = new Map<string, Container>();

  constructor(
    name: string,
    private readonly props: TaskProps,
  ) {
    this.host = addHost(name);
    this.definitions = definitionsOf(props.replace);
    this.port = this.definitions.at(-1)?.portMappings[0]?.containerPort ?? 0;
  }

  public get address(): string {
    return this.host.address;
  }

  public container(name: string): Container {
    const found = this.running.get(name);
    if (!found) throw new Error(`the task runs no container ${name}`);
    return found;
  }

  public async start(): Promise<this> {
    for (const definition of this.definitions) {
      for (const { containerName } of definition.dependsOn ?? []) await this.healthy(containerName);
      for (const { namespace, value } of definition.systemControls ?? [])
        execFileSync('nsenter', [
          `--net=${this.host.namespace}`,
          ...['sh', '-c', `echo ${value} >/proc/sys/${namespace.replaceAll('.', '/')}`],
        ]);
      this.running.set(definition.name, await this.launch(definition));
    }
    await until('the task answers', 30, () =>
      this.container('nginx')
        .exec(['test', '-s', '/tmp/nginx.pid'], 1)
        .then(({ status }) => status === 0),
    );
    return this;
  }

  /** The signal to each, those that depend on another first. @returns by name, seconds until it ended, or that it was killed */
  public async stop(signal: NodeJS.Signals): Promise<Record<string, number | 'killed'>> {
    const ended: Record<string, number | 'killed'> = {};
    for (const { name, stopTimeout } of [...this.definitions].reverse()) {
      const container = this.container(name);
      const began = Date.now();
      process.kill(container.pid, name === 'nginx' ? signal : 'SIGTERM');
      const late = await Promise.race([container.ended, sleep(stopTimeout * 1000, 'late', { ref: false })]);
      ended[name] = late === 'late' ? 'killed' : (Date.now() - began) / 1000;
      if (late === 'late') process.kill(container.pid, 'SIGKILL');
    }
    return ended;
  }

  private async healthy(name: string): Promise<void> {
    const check = this.definitions.find((each) => each.name === name)?.healthCheck;
    const [kind, ...command] = check?.command ?? [];
    if (kind !== 'CMD') throw new Error(`${name} has no command that says that it is healthy`);
    const ask = () =>
      this.container(name)
        .exec(command, 10)
        .then(({ status }) => status === 0);
    await until(`${name} is healthy`, check?.startPeriod ?? 0, ask, 1000);
  }

  private launch(definition: ContainerDefinition): Promise<Container> {
    const { name, user, entryPoint = [], command = [], environment, secrets } = definition;
    const image = name === 'nginx' ? nginxImage : this.props.rails;
    const [uid, gid] = user.split(':').map(Number);
    const folder = join(this.props.folder, name);
    mkdirSync(folder, { recursive: true });
    const hidden = secrets.map(({ name: variable }) => {
      const value = this.props.secrets[variable];
      if (value === undefined) throw new Error(`${name}: no value for the secret ${variable}`);
      return [variable, value];
    });
    return run({
      name: `${this.host.name}.${name}`,
      host: this.host,
      image: { ...image, files: { ...image.files, [systemAuthorities]: this.props.authority } },
      command: [...entryPoint, ...command],
      env: Object.fromEntries([...environment.map((each) => [each.name, each.value]), ...hidden]),
      user: uid ?? 0,
      group: gid ?? 0,
      // The root file system of a task can be written to.
      mounts: [{ from: temporary(folder), to: '/tmp' }],
      names: this.props.names,
      folder,
    });
  }
}

function temporary(folder: string): string {
  const made = join(folder, 'tmp');
  mkdirSync(made);
  execFileSync('chmod', ['1777', made]);
  return made;
}

/** The containers of the committed stack of production. */
function definitionsOf(replace: TaskProps['replace']): readonly ContainerDefinition[] {
  const path = 'examples/rails-on-ecs/stacks/production/cdk.tf.json';
  const { resource } = JSON.parse(readFileSync(join(root, path), 'utf8'));
  const [definition] = Object.values<{ container_definitions: string }>(resource.aws_ecs_task_definition);
  const text = replace.reduce((before, [what, by]) => {
    if (!before.includes(what)) throw new Error(`${path}: the task definition has no ${what}`);
    return before.replaceAll(what, by);
  }, definition?.container_definitions ?? '');
  const all: ContainerDefinition[] = JSON.parse(text);
  const after = (one: ContainerDefinition) => one.dependsOn?.length ?? 0;
  return all.sort((a, b) => after(a) - after(b));
}
