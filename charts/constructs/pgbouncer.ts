import { Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import type { Resources } from '../environments/environment';
import { templateFiles } from './annotated-files';
import { externalSecret } from './external-secret';
import { containerResources } from './resources';
import { restricted } from './restricted';

export interface PgBouncerProps {
  /** The name of the Secret with the role. */
  readonly name: string;
  readonly image: string;
  readonly server: { readonly host: string; readonly port: number; readonly name: string };
  /** PEM of the authorities that sign the server's certificate; without it `ca.pem` comes with the role. */
  readonly certificates?: string;
  /** Server connections of this pod, for all its clients together. */
  readonly pool: number;
  readonly maxClients: number;
  /** Seconds. */
  readonly serverIdleTimeout: number;
  /** Seconds. */
  readonly queryWaitTimeout: number;
  readonly maxPreparedStatements: number;
  /** The variable of the Datadog agent that holds the password of `statsRole`. */
  readonly statsPassword: string;
  readonly resources: Resources;
}

/**
 * A connection pool in the pod of a workload, as a native sidecar: ready before the app starts, gone after it has ended.
 *
 * The app connects over loopback, which is trusted because nothing else lives in the pod, so its URL holds no secret.
 * PgBouncer logs in to the database as the role of the mounted Secret. Its settings are part of the pods' revision; a
 * rotated password is only read again.
 */
export class PgBouncer extends Construct {
  public static readonly port = 6432;
  /** The name the app connects by. It is nobody's role: PgBouncer replaces it. */
  public static readonly clientRole = 'app';
  /** The name the Datadog agent reads statistics by. */
  public static readonly statsRole = 'datadog';

  /** Adds itself to the workload, so that it starts before every init container added later. */
  constructor(workload: kplus.Workload, id: string, props: PgBouncerProps) {
    super(workload, id);
    const { name } = props;
    const namespace = workload.metadata.namespace as string;

    externalSecret(this, 'roles', {
      name,
      namespace,
      data: {
        username: { entry: 'database', key: 'username' },
        password: { entry: 'database', key: 'password' },
        stats: { entry: 'pgbouncer-statistics', key: 'password' },
        ...(!props.certificates && { ca: { entry: 'postgres-server', key: 'ca_certificate' } }),
      },
      templates: {
        'databases.ini': databases(props),
        'users.txt': users,
        ...(!props.certificates && { 'ca.pem': '{{ .ca | trim }}\n' }),
      },
    });
    const roles = kplus.Secret.fromSecretName(this, 'secret', name);

    // The agent of the node reads it, and connects once the pod is ready.
    workload.podMetadata.addAnnotation('ad.datadoghq.com/pgbouncer.checks', check(props));
    // With the name of the pod: without it the pools of two pods on one node would be one series.
    workload.podMetadata.addAnnotation('ad.datadoghq.com/pgbouncer.check_tag_cardinality', 'orchestrator');
    workload.addInitContainer({
      name: 'pgbouncer',
      image: props.image,
      imagePullPolicy: kplus.ImagePullPolicy.IF_NOT_PRESENT,
      restartPolicy: kplus.ContainerRestartPolicy.ALWAYS,
      // The image's own entrypoint does not pass signals on.
      command: ['/bin/sh', '-c'],
      args: [run],
      ports: [{ name: 'pgbouncer', number: PgBouncer.port, protocol: kplus.Protocol.TCP }],
      startup: kplus.Probe.fromTcpSocket({
        port: PgBouncer.port,
        periodSeconds: Duration.seconds(1),
        failureThreshold: 30,
      }),
      readiness: kplus.Probe.fromTcpSocket({ port: PgBouncer.port, periodSeconds: Duration.seconds(5) }),
      liveness: kplus.Probe.fromTcpSocket({ port: PgBouncer.port, periodSeconds: Duration.seconds(10) }),
      resources: containerResources(props.resources),
      // pgbouncer:pgbouncer of the image
      securityContext: restricted({ user: 998, group: 996 }),
      volumeMounts: [
        {
          path: '/etc/pgbouncer',
          volume: templateFiles(workload, 'pgbouncer', {
            'pgbouncer.ini': ini(props),
            'pg_hba.conf': hba(props),
            ...(props.certificates && { 'ca.pem': props.certificates }),
          }),
          readOnly: true,
        },
        {
          path: '/run/pgbouncer',
          volume: kplus.Volume.fromSecret(this, 'run', roles, { name: 'pgbouncer-roles' }),
          readOnly: true,
        },
      ],
    });
  }
}

function ini(props: PgBouncerProps): string {
  return lines(
    '[pgbouncer]',
    'listen_addr = *',
    `listen_port = ${PgBouncer.port}`,
    'unix_socket_dir =',
    'auth_type = hba',
    'auth_hba_file = /etc/pgbouncer/pg_hba.conf',
    'auth_file = /run/pgbouncer/users.txt',
    `stats_users = ${PgBouncer.statsRole}`,
    'pool_mode = transaction',
    `default_pool_size = ${props.pool}`,
    `max_db_connections = ${props.pool}`,
    'min_pool_size = 0',
    'reserve_pool_size = 0',
    `max_client_conn = ${props.maxClients}`,
    `max_prepared_statements = ${props.maxPreparedStatements}`,
    `server_idle_timeout = ${props.serverIdleTimeout}`,
    `query_wait_timeout = ${props.queryWaitTimeout}`,
    // After a failed login, the default of 15 s would keep the app waiting when a restarted database is long back.
    'server_login_retry = 1',
    'server_tls_sslmode = verify-full',
    `server_tls_ca_file = ${props.certificates ? '/etc/pgbouncer' : '/run/pgbouncer'}/ca.pem`,
    'ignore_startup_parameters = extra_float_digits',
    'log_connections = 0',
    'log_disconnections = 0',
    '%include /run/pgbouncer/databases.ini',
  );
}

/** In the order they are read: the app from inside the pod, statistics from outside, and nobody else. */
function hba({ server }: PgBouncerProps): string {
  return lines(
    `host ${server.name} ${PgBouncer.clientRole} 127.0.0.1/32 trust`,
    `host pgbouncer ${PgBouncer.statsRole} 0.0.0.0/0 scram-sha-256`,
  );
}

/** Quoted as PgBouncer reads it: a quote in a value is written twice. */
function databases({ server }: PgBouncerProps): string {
  const user = `user='{{ .username | trim | replace "'" "''" }}'`;
  return lines(
    '[databases]',
    `${server.name} = host=${server.host} port=${server.port} dbname=${server.name} ${user}`,
  );
}

const users = lines(
  `"${PgBouncer.clientRole}" ""`,
  `"{{ .username | trim | replace "\\"" "\\"\\"" }}" "{{ .password | trim | replace "\\"" "\\"\\"" }}"`,
  `"${PgBouncer.statsRole}" "{{ .stats | trim | replace "\\"" "\\"\\"" }}"`,
);

/** How `/proc/net/tcp` of Linux writes where the app connects to: the address byte by byte, the port in hexadecimal. */
const appEnd = `0100007F:${PgBouncer.port.toString(16).toUpperCase().padStart(4, '0')}`;

/**
 * PgBouncer reads its files again only when told (SIGHUP). The kubelet swaps a mounted Secret as a whole, so the checksum
 * is never of half a change.
 *
 * TERM is not passed on: since 1.23 it makes PgBouncer wait until every client has gone (`handle_sigterm` in
 * `src/main.c`, `SHUTDOWN_WAIT_FOR_CLIENTS` in `src/janitor.c`), and the agent's check keeps its console connection open.
 * INT waits for the transactions that run and asks no console, but it refuses the next query of a client. So the script
 * waits until the app has closed its connections (state 01 is an open one), which it has when the kubelet ends a sidecar
 * in its turn, and only then sends INT. It sends one: a second one would cut what still runs. A signal ends `wait`, so it
 * waits again until PgBouncer has ended, or the kernel would kill it with process 1.
 */
const run = lines(
  'pgbouncer /etc/pgbouncer/pgbouncer.ini &',
  'pid=$!',
  'ending=',
  "trap 'ending=1' TERM INT QUIT",
  'alive() { kill -0 "$pid" 2>/dev/null; }',
  'served() {',
  '  while read -r _ here _ state _; do',
  `    if [ "$here $state" = '${appEnd} 01' ]; then return 0; fi`,
  '  done </proc/net/tcp',
  '  return 1',
  '}',
  'sum() { cat /run/pgbouncer/* | cksum; }',
  'before=$(sum)',
  'while [ -z "$ending" ] && alive; do',
  '  sleep 5 &',
  '  wait $!',
  '  after=$(sum)',
  '  if [ "$after" != "$before" ]; then kill -HUP "$pid"; before=$after; fi',
  'done',
  'while alive && served; do',
  '  sleep 1 &',
  '  wait $!',
  'done',
  'if alive; then kill -INT "$pid"; fi',
  'wait "$pid"',
  'status=$?',
  'while alive; do',
  '  wait "$pid"',
  '  status=$?',
  'done',
  'exit "$status"',
);

/** Separate fields, because a password in a URL would have to be written as one. */
function check({ statsPassword }: PgBouncerProps): string {
  const instance = {
    host: '%%host%%',
    port: PgBouncer.port,
    username: PgBouncer.statsRole,
    password: `%%env_${statsPassword}%%`,
  };
  return JSON.stringify({ pgbouncer: { init_config: {}, instances: [instance] } });
}

function lines(...of: string[]): string {
  return `${of.join('\n')}\n`;
}
