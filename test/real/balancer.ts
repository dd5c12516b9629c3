import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Container, run } from './containers';
import { nginxImage } from './images';
import type { Manifest } from './manifests';
import { addHost, type Host } from './network';
import { until } from './processes';
import { emptyFolder } from './volumes';

/** nginx in place of the load balancer: its targets, its idle time-out and its deregistration delay are the Ingress's. */
export class Balancer {
  public readonly host: Host = addHost('balancer');
  public readonly port = 8080;
  private container?: Container;
  private readonly etc: string;

  /** The pods' port is that of the Ingress's forward action. */
  constructor(
    private readonly ingress: Manifest,
    private readonly folder: string,
  ) {
    this.etc = join(folder, 'etc');
  }

  public get address(): string {
    return this.host.address;
  }

  public async start(targets: readonly { address: string }[]): Promise<this> {
    mkdirSync(this.etc, { recursive: true });
    emptyFolder(join(this.folder, 'run'));
    this.write(targets);
    this.container = await run({
      name: 'balancer',
      host: this.host,
      image: nginxImage,
      command: ['nginx', '-e', 'stderr', '-c', '/etc/balancer/nginx.conf'],
      user: 1000,
      group: 1000,
      mounts: [
        { from: this.etc, to: '/etc/balancer', readOnly: true },
        { from: join(this.folder, 'run'), to: '/run/balancer' },
      ],
      names: {},
      folder: this.folder,
    });
    await until('the balancer listens', 10, () =>
      this.container?.exec(['test', '-s', '/run/balancer/pid'], 1).then(({ status }) => status === 0),
    );
    return this;
  }

  /** New requests go to these; those that run at others have the deregistration delay to end. */
  public async target(targets: readonly { address: string }[]): Promise<void> {
    this.write(targets);
    const { status, said } = (await this.container?.exec(
      ['nginx', '-e', 'stderr', '-c', '/etc/balancer/nginx.conf', '-s', 'reload'],
      5,
    )) ?? { status: 1, said: 'not started' };
    if (status !== 0) throw new Error(`nginx -s reload: ${said}`);
  }

  /** Why it answered in place of a pod, in its own words; a status says only that it did. */
  public complaints(): string[] {
    const lines = this.container?.said().split('\n') ?? [];
    return lines.filter((line) => /\[(error|alert|crit)\]/.test(line)).slice(-5);
  }

  private attribute(name: string, attribute: string): number {
    const all = this.ingress.metadata.annotations?.[`alb.ingress.kubernetes.io/${name}`] ?? '';
    const value = all.split(',').find((each) => each.startsWith(`${attribute}=`));
    if (!value) throw new Error(`the Ingress has no ${attribute}`);
    return Number(value.split('=')[1]);
  }

  private write(targets: readonly { address: string }[]): void {
    const forward = JSON.parse(
      this.ingress.metadata.annotations?.['alb.ingress.kubernetes.io/actions.eren-service'] ?? '{}',
    );
    const port = forward.ForwardConfig.TargetGroups[0].ServicePort;
    const idle = this.attribute('load-balancer-attributes', 'idle_timeout.timeout_seconds');
    const delay = this.attribute('target-group-attributes', 'deregistration_delay.timeout_seconds');
    writeFileSync(
      join(this.etc, 'nginx.conf'),
      `daemon off;
worker_processes 1;
error_log stderr;
pid /run/balancer/pid;
worker_shutdown_timeout ${delay}s;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path /run/balancer/body;
  proxy_temp_path /run/balancer/proxy;
  fastcgi_temp_path /run/balancer/fastcgi;
  uwsgi_temp_path /run/balancer/uwsgi;
  scgi_temp_path /run/balancer/scgi;
  upstream targets {
${targets.map(({ address }) => `    server ${address}:${port} max_fails=0;`).join('\n')}
    keepalive 64;
    keepalive_timeout ${idle}s;
  }
  server {
    listen ${this.port} backlog=1024;
    keepalive_timeout ${idle}s;
    location / {
      proxy_pass http://targets;
      proxy_http_version 1.1;
      proxy_set_header Connection '';
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-Proto https;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_read_timeout ${idle}s;
      # A load balancer of AWS asks no second target.
      proxy_next_upstream off;
      proxy_buffering off;
    }
  }
}
`,
    );
  }
}
