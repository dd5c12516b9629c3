import type { ChartFolder } from '../charts/chart-folder';
import type { Cluster } from '../charts/environments/environment';
import { type SystemFacts, systemFacts } from '../charts/facts';
import type { App } from '../charts/images';
import type { Given, Settings } from '../charts/settings';

/** What a system's settings are once they are checked: as `charts/settings.ts` loads them, or facts that it states itself. */
export type Stated = Settings | SystemFacts;

/** What holds of a system before there is any output of Terraform, and any image. */
export interface Basis {
  /** The one that an image reaches first stands last. */
  readonly environments: readonly { readonly name: string }[];
  readonly cluster: Pick<Cluster, 'name' | 'region' | 'kubernetes' | 'system' | 'delivery'>;
  /** Apps whose image is promoted; those of charts/images.ts when absent. */
  readonly apps?: Readonly<Record<string, App>>;
  /** The app's own repository, by which a promotion's commits are linked. */
  readonly application: string;
  /** Repositories that its images may come from, beside those of Terraform's outputs. */
  readonly repositories?: readonly string[];
}

/**
 * A system: a folder with settings and charts; its stacks are in systems/stacks.ts, so that no chart waits for Terraform's types. What it has is imported when it is asked for, so that a command that
 * needs no chart waits for none.
 */
export interface System<S extends Stated = Stated> {
  /** As `--system` takes it. */
  readonly name: string;
  /** Where its `dist/`, `argocd/` and `stacks/` lie, with a slash at the end; empty for the repository itself. */
  readonly folder: string;
  /** The system in whose cluster its namespaces are. Absent: it has a cluster of its own, or needs none. */
  readonly host?: System;
  basis(): Promise<Basis>;
  /**
   * @param root the repository
   * @param given what is not in its files yet
   * @throws SettingsError with every problem
   */
  load(root: string, given?: Given): Promise<S>;
  /** Absent for a system of Terraform alone. */
  charts?(): Promise<{ chartFolders(settings: S): readonly ChartFolder[] }>;
}

/** Where a system's manifests lie, from the repository's root. */
export function manifestsOf({ folder }: Pick<System, 'folder'>): readonly string[] {
  return [`${folder}dist`, `${folder}argocd`];
}

/** Where the images and the freezes of its environments lie: `images/<environment>/<app>.txt` below it. */
export function promotedOf({ folder }: Pick<System, 'folder'>): string {
  return folder ? `${folder}environments` : 'charts/environments';
}

/** All that is generated of it. */
export function generatedOf(system: Pick<System, 'folder'>): readonly string[] {
  return [...manifestsOf(system), stacksOf(system)];
}

/** Where its stacks lie. */
export function stacksOf({ folder }: Pick<System, 'folder'>): string {
  return folder ? `${folder}stacks` : 'terraform-bridge/stacks';
}

/** What a tenant adds to the cluster that it lives in. */
export type TenantFacts = Pick<
  SystemFacts,
  'file' | 'environments' | 'databases' | 'caches' | 'billed' | 'design'
>;

/**
 * The facts by which a tenant is judged: the nodes, add-ons and money are those of its cluster, and all who live there share
 * them.
 *
 * @param host what its cluster's system states
 */
export function asTenant(host: Stated, own: TenantFacts): SystemFacts {
  const { environments, databases, caches, billed, ...cluster } = systemFacts(host);
  return {
    ...cluster,
    file: own.file,
    design: own.design,
    environments: [...environments, ...own.environments],
    databases: [...databases, ...own.databases],
    caches: [...caches, ...own.caches],
    billed: [...billed, ...own.billed],
  };
}
