/** A container of a task, as `RegisterTaskDefinition` of ECS takes it: ContainerDefinition of its API reference. */
export interface ContainerDefinition {
  readonly name: string;
  readonly image: string;
  readonly essential: true;
  /** In the place of the image's own. */
  readonly entryPoint?: readonly string[];
  readonly command?: readonly string[];
  /** User and group, by number. */
  readonly user: `${number}:${number}`;
  /** MiB, at which the kernel ends it. */
  readonly memory: number;
  readonly portMappings: readonly { readonly containerPort: number; readonly protocol: 'tcp' }[];
  readonly environment: readonly { readonly name: string; readonly value: string }[];
  readonly secrets: readonly { readonly name: string; readonly valueFrom: string }[];
  /** Seconds between the signal and the end; 120 at most on Fargate. */
  readonly stopTimeout: number;
  /** Whoever depends on another starts after it, and ends before it. */
  readonly dependsOn?: readonly { readonly containerName: string; readonly condition: 'HEALTHY' | 'START' }[];
  readonly healthCheck?: {
    readonly command: readonly string[];
    readonly interval: number;
    readonly timeout: number;
    readonly retries: number;
    readonly startPeriod: number;
  };
  /** Settings of the kernel for the network, which all containers of a task share. */
  readonly systemControls?: readonly { readonly namespace: string; readonly value: string }[];
  readonly linuxParameters: {
    readonly capabilities: { readonly drop: readonly string[] };
  };
}

/** A map as ECS writes it, in the order of the names. */
export function variables(all: Readonly<Record<string, string>>): ContainerDefinition['environment'] {
  return Object.entries(all)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ({ name, value }));
}

/** Keys of entries of Secrets Manager, by the variable that each is given as. @throws Error for an entry that is missing */
export function secretVariables(
  all: Readonly<Record<string, readonly [entry: string, key: string]>>,
  entries: Readonly<Record<string, { readonly arn: string }>>,
): ContainerDefinition['secrets'] {
  return Object.entries(all)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, [entry, key]]) => {
      const arn = entries[entry]?.arn;
      if (!arn) throw new Error(`${name}: ${entry} is not an entry of Secrets Manager here; make it in the stack`);
      return { name, valueFrom: `${arn}:${key}::` };
    });
}
