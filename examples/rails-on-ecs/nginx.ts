import { mebibytes, seconds } from '../../charts/environments/units';
import type { RailsOnEcs } from './schema';

export const nginxPort = 80;
export const railsPort = 3000;

/** `persistent_timeout` of docs/rails-app/config/puma.rb, seconds: how long Puma keeps an idle connection. */
export const pumaKeepsOpen = 75;

/**
 * The proxy in front of Puma. Whoever is nearer to the person who asks waits longer and keeps an idle connection shorter:
 * then a late answer is an error of the one that was late, and no request is sent on a connection that is being closed.
 */
export function nginxConfiguration({ nginx, loadBalancer, network }: RailsOnEcs): string {
  const wait = seconds(nginx.readTimeout);
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
    '"path":"$uri","status":$status,"bytes":$bytes_sent,"seconds":$request_time,"rails_seconds":"$upstream_response_time",'
    '"trace":"$http_x_amzn_trace_id"}';
  access_log /dev/stdout json;

  # The load balancer appends the address that it was asked from. Rails is told that one alone: whatever stands before it,
  # the browser wrote.
${network.publicSubnets.map((cidr) => `  set_real_ip_from ${cidr};`).join('\n')}
  real_ip_header X-Forwarded-For;

  # The load balancer closes first, after ${loadBalancer.idleTimeout}.
  keepalive_timeout ${seconds(loadBalancer.idleTimeout) + 15}s;
  client_max_body_size ${mebibytes(nginx.uploads)}m;
  # A slow upload waits here, in a file, and not in a worker of Puma.
  proxy_request_buffering on;

  upstream rails {
    server 127.0.0.1:${railsPort} max_fails=0;
    keepalive 16;
    # Shorter than Puma's ${pumaKeepsOpen} s.
    keepalive_timeout ${pumaKeepsOpen - 15}s;
  }
  server {
    listen ${nginxPort} default_server;
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
      proxy_pass http://rails;
    }
    location = /health {
      access_log off;
      proxy_pass http://rails;
    }
  }
}
`;
}

/**
 * What the container of nginx runs, by \`sh -c\`: its configuration comes as a variable, because ECS mounts no files. The
 * signal is TERM, or QUIT where the image says so (STOPSIGNAL, which Fargate heeds since December 2025). Either way it goes
 * on serving until the load balancer has stopped sending, and then ends what it has begun.
 */
export function nginxCommand({ nginx }: RailsOnEcs): string {
  return [
    'printf %s "$NGINX_CONF" >/tmp/nginx.conf',
    'nginx -e stderr -c /tmp/nginx.conf & nginx=$!',
    'trap : TERM QUIT',
    'wait $nginx; status=$?',
    'kill -0 $nginx 2>/dev/null || exit $status',
    `sleep ${seconds(nginx.preStop)}`,
    'kill -QUIT $nginx',
    'wait $nginx',
  ].join('\n');
}
