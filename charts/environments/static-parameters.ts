import type { Environment } from './environment';
import type { SettingsProblem } from './problem';

/**
 * Parameters that PostgreSQL reads only when it starts: Terraform sets them, and the database goes on with the old ones
 * until it is restarted (docs/runbooks/restart-rds.md). What it was last started with comes back as an output.
 */
export function staticParameters({
  connections,
}: {
  readonly connections: { readonly max: number };
}): Record<string, string> {
  return {
    // The connection budget; the class would allow more than it can hold.
    max_connections: String(connections.max),
    // Which statements cost most, for Performance Insights and Datadog.
    shared_preload_libraries: 'pg_stat_statements',
    // Datadog cuts a statement off here, and half a statement is another statement.
    track_activity_query_size: '4096',
  };
}

/** A parameter of which the database has another value than the settings say. */
export interface Awaited {
  readonly environment: string;
  readonly parameter: string;
  readonly wanted: string;
  /** With which it runs; undefined when it does not know the parameter. */
  readonly inForce: string | undefined;
}

/** @returns what waits for a restart, where a database was started with these */
export function awaitedParameters(environment: Environment, started: Readonly<Record<string, string>>): Awaited[] {
  const wanted = Object.entries(staticParameters(environment));
  return wanted.flatMap(([parameter, value]) =>
    started[parameter] === value
      ? []
      : [{ environment: environment.name, parameter, wanted: value, inForce: started[parameter] }],
  );
}

/** The environment as its database runs: never with more connections than that was started with. */
export function asStarted(environment: Environment, started: Readonly<Record<string, string>>): Environment {
  const { connections } = environment;
  const max = Math.min(connections.max, Number(started.max_connections ?? connections.max));
  return { ...environment, connections: { ...connections, max } };
}

/** What to do about a problem that is one only until the database has restarted. */
export function untilRestarted(
  { path, message }: SettingsProblem,
  { max }: Environment['connections'],
): SettingsProblem {
  return {
    path,
    message: `${message}; the database runs with max_connections ${max} until the production stack is applied, it is restarted and \`npm run bridge -- production\` says so (docs/runbooks/restart-rds.md): merge connections.max alone first`,
  };
}
