import type * as v from 'valibot';
import type { fargate } from '../charts/environments/fargate';
import { nginxStops } from '../charts/environments/fargate';
import { type Duration, mebibytes, seconds } from '../charts/environments/units';
import { type ContainerDefinition, variables } from './container-definition';

export interface NginxContainerProps extends v.InferOutput<typeof fargate.nginx> {
  readonly port: number;
  /** Whom it asks, and how long that keeps an idle connection. */
  readonly app: { readonly container: string; readonly port: number; readonly keepsOpen: Duration };
  readonly healthPath: string;
  /** Where the load balancer is: what it says of the client is believed. */
  readonly balancers: readonly string[];
  /** How long the load balancer keeps an idle connection. */
  readonly idleTimeout: Duration;
}

/**
 * nginx before an app in one task. It is not root and has no capability, starts when the app answers, and ends before it.
 *
 * @throws Error when the app keeps its connections so shortly that nginx cannot close them first
 */
export function nginxContainer(props: NginxContainerProps): ContainerDefinition {
  return {
    name: 'nginx',
    image: props.image,
    essential: true,
    entryPoint: ['sh', '-uc'],
    command: [commandOf(props)],
    // The user of the image.
    user: '101:101',
    memory: mebibytes(props.memory),
    portMappings: [{ containerPort: props.port, protocol: 'tcp' }],
    environment: variables({ NGINX_CONF: nginxConfiguration(props) }),
    secrets: [],
    stopTimeout: nginxStops(props),
    dependsOn: [{ containerName: props.app.container, condition: 'HEALTHY' }],
    // So that port 80 needs no root: SystemControl in the API reference of ECS, since platform version 1.4.0.
    systemControls: [{ namespace: 'net.ipv4.ip_unprivileged_port_start', value: '0' }],
    linuxParameters: { capabilities: { drop: ['ALL'] } },
  };
}

/**
 * Whoever is nearer to the person who asks waits longer and keeps an idle connection shorter: then a late answer is an error
 * of the one that was late, and no request is sent on a connection that is being closed.
 */
function nginxConfiguration(props: NginxContainerProps): string {
  const { app, port, healthPath, balancers, idleTimeout } = props;
  const wait = seconds(props.readTimeout);
  const open = seconds(app.keepsOpen) - 15;
  if (open < 1)
    throw new Error(`${app.container} keeps a connection for ${app.keepsOpen}; nginx needs more than 15s`);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `daemon off;
# A task has a part of a CPU, and nginx counts those of the machine.
worker_processes 1;
pid /tmp/nginx.pid;
error_log stderr warn;
# What is still running when it is told to quit; an answer takes no longer.
worker_shutdown_timeout ${wait}s;
events {
  worker_connections 1024;
}
http {
${temporary.map((each) => `  ${each}_temp_path /tmp/${each};`).join('\n')}
  server_tokens off;
  log_format json escape=json '{"timestamp":"$time_iso8601","client":"$remote_addr","method":"$request_method",'
    '"path":"$uri","status":$status,"bytes":$bytes_sent,"seconds":$request_time,"app_seconds":"$upstream_response_time",'
    '"trace":"$http_x_amzn_trace_id"}';
  access_log /dev/stdout json;

  # The load balancer appends the address that it was asked from. The app is told that one alone: whatever stands before
  # it, the browser wrote.
${balancers.map((cidr) => `  set_real_ip_from ${cidr};`).join('\n')}
  real_ip_header X-Forwarded-For;

  # The load balancer closes first, after ${idleTimeout}.
  keepalive_timeout ${seconds(idleTimeout) + 15}s;
  client_max_body_size ${mebibytes(props.uploads)}m;
  # A slow upload waits here, in a file, and not in the app.
  proxy_request_buffering on;

  upstream app {
    server 127.0.0.1:${app.port} max_fails=0;
    keepalive 16;
    # Shorter than the app's ${app.keepsOpen}.
    keepalive_timeout ${open}s;
  }
  server {
    listen ${port} default_server;
    proxy_http_version 1.1;
    proxy_set_header Connection '';
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_connect_timeout 5s;
    proxy_send_timeout ${wait}s;
    proxy_read_timeout ${wait}s;
    # A request that changes something is not sent twice.
    proxy_next_upstream off;
    location / {
      proxy_pass http://app;
    }
    location = ${healthPath} {
      access_log off;
      proxy_pass http://app;
    }
  }
}
`;
}

/**
 * What the shell runs: the configuration comes as a variable, because ECS mounts no files. The signal is TERM, or QUIT where
 * the image says so (STOPSIGNAL, which Fargate heeds since December 2025). Either way nginx goes on serving until the load
 * balancer has stopped sending, and then ends what it has begun.
 */
function commandOf({ preStop }: NginxContainerProps): string {
  return [
    'printf %s "$NGINX_CONF" >/tmp/nginx.conf',
    'nginx -e stderr -c /tmp/nginx.conf & nginx=$!',
    'trap : TERM QUIT',
    'wait $nginx; status=$?',
    'kill -0 $nginx 2>/dev/null || exit $status',
    `sleep ${seconds(preStop)}`,
    'kill -QUIT $nginx',
    'wait $nginx',
  ].join('\n');
}
