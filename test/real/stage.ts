import { join } from 'node:path';
import { Cdn } from './cdn';
import { type Authority, makeAuthority } from './certificates';
import { query } from './database';
import { buildApp, railsImage } from './images';
import { type Break, Manifests } from './manifests';
import { addAddress, closeHosts } from './network';
import { Pod } from './pods';
import { stopAll, until } from './processes';
import { type Recorded, type Recorder, recordDatagrams, recordHttp } from './recorders';
import { entries, maxConnections, names } from './replacements';
import type { Entries } from './secrets';

export interface PodOptions {
  /** Made wrong on purpose. */
  readonly breaks?: readonly Break[];
  readonly environment?: 'production' | 'staging';
  /** Beside what the manifest gives. */
  readonly env?: Record<string, string>;
  /** Folders whose files lie above the app's image. */
  readonly above?: readonly string[];
  /** Changes the pod's spec, for a test of one part of it. */
  readonly change?: (spec: any) => void;
  /** PEM; the run's authority when there is none. */
  readonly authority?: string;
  readonly store?: (store: Entries) => void;
}

/** The kinds of objects whose pods are run, with their names. */
const workloads = {
  web: ['Rollout', 'e-ren-rollout'],
  sidekiq: ['Deployment', 'eren-sidekiq'],
  migrations: ['Job', 'eren-migrations'],
  assets: ['Job', 'eren-assets'],
  reminders: ['CronJob', 'eren-event-reminders'],
  postgres: ['StatefulSet', 'postgres'],
  redis: ['StatefulSet', 'redis'],
} as const;
export type Workload = keyof typeof workloads;

/** What the app needs to live: PostgreSQL with its schema, Redis, and recorders for Sentry and Datadog. */
export class Stage {
  public readonly hosts: Record<string, string> = {};
  public readonly database: Pod;
  public readonly redis: Pod;
  private count = 0;

  private constructor(
    private readonly folder: string,
    private readonly rails: string,
    public readonly authority: Authority,
    public readonly cdn: Cdn,
    max: number,
  ) {
    this.database = this.pod('postgres', {
      environment: 'staging',
      change: ({ containers }) => {
        const args: string[] = containers[0].args;
        const at = args.findIndex((arg) => arg.startsWith('max_connections='));
        if (at < 0) throw new Error("staging's postgres has no max_connections");
        args[at] = `max_connections=${max}`;
      },
    });
    this.redis = this.pod('redis', { environment: 'staging' });
    for (const name of [names.database, names.stagingDatabase]) this.hosts[name] = this.database.address;
    for (const name of [names.redis, names.stagingRedis]) this.hosts[name] = this.redis.address;
  }

  public static async open(name: string, max = maxConnections.production): Promise<Stage> {
    const work = process.env.E_REN_REAL_WORK;
    if (!work) throw new Error('run it with npm run test:real');
    const folder = join(work, name);
    const servers = [names.database, names.stagingDatabase, names.redis, names.stagingRedis, names.assets];
    const [authority, rails] = await Promise.all([makeAuthority(join(folder, 'ca'), servers), buildApp()]);
    const at = addAddress();
    const stage = new Stage(folder, rails, authority, await Cdn.start(at, authority.server), max);
    stage.hosts[names.assets] = at;
    await Promise.all([stage.database.start(), stage.redis.start()]);
    const failed = await stage.pod('migrations', { environment: 'staging' }).runToCompletion();
    if (failed) throw new Error(`the migrations failed in ${failed}`);
    return stage;
  }

  /** A pod of a workload of dist/, not yet started. */
  public pod(workload: Workload, options: PodOptions = {}): Pod {
    const environment = options.environment ?? 'production';
    const manifests = new Manifests(environment, options.breaks);
    const [kind, object] = workloads[workload];
    const { spec } = manifests.one(kind, object);
    const template = structuredClone((spec.jobTemplate?.spec ?? spec).template);
    options.change?.(template.spec);
    this.count += 1;
    const { certificate, server } = this.authority;
    const store = entries({ authority: certificate, ...server });
    options.store?.(store);
    return new Pod({
      name: `${workload}-${this.count}`,
      spec: template.spec,
      annotations: template.metadata?.annotations,
      manifests,
      store,
      rails: railsImage(this.rails, ...(options.above ?? [])),
      authority: options.authority ?? certificate,
      names: this.hosts,
      env: options.env,
      folder: join(this.folder, `${workload}-${this.count}`),
    });
  }

  /** So many of them, at most two starting at a time: more would only wait for the processor. */
  public async pods(workload: Workload, count: number, options: PodOptions = {}): Promise<Pod[]> {
    const all = Array.from({ length: count }, () => this.pod(workload, options));
    const waiting = [...all];
    const next = async (): Promise<void> => {
      const pod = waiting.shift();
      if (!pod) return;
      await pod.start();
      return next();
    };
    await Promise.all([next(), next()]);
    return all;
  }

  /** Where the DSN leads: envelopes. */
  public recordSentry(): Promise<Recorder<Recorded>> {
    const address = addAddress();
    this.hosts[names.sentry] = address;
    return recordHttp(address, 80);
  }

  /** Where the Service of the node's agent leads: traces and statistics, at the ports that it has. */
  public async recordDatadog(): Promise<{ traces: Recorder<Recorded>; statistics: Recorder<string> }> {
    const address = addAddress();
    this.hosts[names.datadog] = address;
    const { spec } = new Manifests('cluster').one('Service', 'datadog-agent');
    const port = (name: string) => spec.ports.find((each: any) => each.name === name).port;
    return {
      traces: await recordHttp(address, port('traces')),
      statistics: await recordDatagrams(address, port('statistics')),
    };
  }

  public async migrated(): Promise<string> {
    return query(this.database, 'select max(version) from schema_migrations');
  }

  public folderFor(name: string): string {
    return join(this.folder, name);
  }

  public async close(): Promise<void> {
    await stopAll();
    this.cdn.close();
    await until('every host is free', 10, () => {
      closeHosts();
      return true;
    });
  }
}
