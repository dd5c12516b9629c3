import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Api } from './api';
import { freePort } from './ports';
import type { Processes, Program } from './processes';
import { binaryOf, type Programs } from './programs';
import { until } from './waiting';

/** What has to be known of a program to start it until its ports are its own. */
export interface Service {
  /** How it is started; asked again, with other ports, when a port was taken meanwhile. */
  readonly program: () => Promise<Program>;
  readonly ready: () => Promise<boolean>;
  /** Seconds it may take. */
  readonly within?: number;
}

/** Starts a program and waits until it is ready. @throws Error with the end of its log */
export async function launch(processes: Processes, { program, ready, within = 30 }: Service): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const started = await program();
    const { name } = started;
    const before = processes.log(name).length;
    await processes.start(started);
    try {
      await until(
        `${name} is ready`,
        async () => {
          const fate = processes.fate(name);
          if (fate) throw new Error(`${name} ${fate}`);
          return ready().catch(() => false);
        },
        { seconds: within, every: 0.1 },
      );
      return;
    } catch (error) {
      const clash = /address already in use|bind: permission denied/i.test(processes.log(name).slice(before));
      await processes.stop(name);
      if (!clash || attempt === 5) throw new Error(`${(error as Error).message}\n${processes.tail(name)}`);
    }
  }
}

/** etcd, API server, controller manager and scheduler, on ports of the loopback interface. */
export class ControlPlane {
  /** For programs that want a file. */
  readonly kubeconfig: string;
  private readonly token = randomBytes(16).toString('hex');
  private readonly keys: string;
  private ports = { etcd: 0, peer: 0, api: 0 };

  constructor(
    private readonly processes: Processes,
    private readonly programs: Programs,
  ) {
    this.kubeconfig = join(processes.folder, 'kubeconfig');
    this.keys = join(processes.folder, 'keys');
    mkdirSync(this.keys);
    const { publicKey, privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    writeFileSync(this.key('sa.pub'), publicKey);
    writeFileSync(this.key('sa.key'), privateKey, { mode: 0o600 });
    writeFileSync(this.key('tokens.csv'), `${this.token},admin,admin,system:masters\n`, { mode: 0o600 });
  }

  async start(): Promise<Api> {
    await this.startEtcd();
    const api = await this.startApiServer();
    await Promise.all([this.startControllerManager(), this.startScheduler()]);
    // No pod is admitted before its namespace has one: it tells that the controllers work.
    await until('the first ServiceAccount', () => api.get('v1', 'ServiceAccount', 'default', 'default'), {
      seconds: 30,
    });
    return api;
  }

  key(name: string): string {
    return join(this.keys, name);
  }

  /** Again on the same ports and data, after it was ended. */
  startEtcd(): Promise<void> {
    const { processes, programs } = this;
    const own = this.ports.etcd !== 0;
    return launch(processes, {
      program: async () => {
        if (!own) Object.assign(this.ports, { etcd: await freePort(), peer: await freePort() });
        const [client, peer] = [this.ports.etcd, this.ports.peer].map((port) => `http://127.0.0.1:${port}`);
        const args = {
          name: 'one',
          'data-dir': join(processes.folder, 'etcd'),
          'listen-client-urls': client,
          'advertise-client-urls': client,
          'listen-peer-urls': peer,
          'initial-advertise-peer-urls': peer,
          'initial-cluster': `one=${peer}`,
          'log-level': 'warn',
          // Nobody cares for its data after a power failure.
          'unsafe-no-fsync': 'true',
        };
        return { name: 'etcd', file: binaryOf(programs, 'etcd'), args: flags(args) };
      },
      ready: async () => (await fetch(`http://127.0.0.1:${this.ports.etcd}/health`)).ok,
    });
  }

  /** Again on the same port, after it was ended. */
  async startApiServer(): Promise<Api> {
    const { processes, programs } = this;
    const own = this.ports.api !== 0;
    let api: Api | undefined;
    await launch(processes, {
      program: async () => {
        if (!own) this.ports.api = await freePort();
        const server = `https://127.0.0.1:${this.ports.api}`;
        api = new Api({ server, token: this.token });
        writeFileSync(this.kubeconfig, kubeconfigOf(server, this.token), { mode: 0o600 });
        const args = {
          'etcd-servers': `http://127.0.0.1:${this.ports.etcd}`,
          'bind-address': '127.0.0.1',
          'secure-port': String(this.ports.api),
          'cert-dir': this.keys,
          'service-account-key-file': this.key('sa.pub'),
          'service-account-signing-key-file': this.key('sa.key'),
          'service-account-issuer': 'https://kubernetes.default.svc',
          'authorization-mode': 'RBAC',
          'token-auth-file': this.key('tokens.csv'),
          'service-cluster-ip-range': '172.20.0.0/16',
          'allow-privileged': 'true',
          'endpoint-reconciler-type': 'none',
        };
        return { name: 'kube-apiserver', file: binaryOf(programs, 'kube-apiserver'), args: flags(args) };
      },
      // The token is this server's: another one that took the port answers 401.
      ready: async () => (await api?.request('GET', '/readyz'))?.status === 200,
      within: 60,
    });
    return api as Api;
  }

  private startControllerManager(): Promise<void> {
    return this.startComponent('kube-controller-manager', {
      'service-account-private-key-file': this.key('sa.key'),
      'root-ca-file': this.key('apiserver.crt'),
      // A pod of a lost node is replaced at once, and an autoscaler looks more often than in real life.
      'horizontal-pod-autoscaler-sync-period': '5s',
      'concurrent-gc-syncs': '20',
    });
  }

  private startScheduler(): Promise<void> {
    return this.startComponent('kube-scheduler', {});
  }

  private startComponent(name: string, more: Readonly<Record<string, string>>): Promise<void> {
    let port = 0;
    return launch(this.processes, {
      program: async () => {
        port = await freePort();
        const args = {
          kubeconfig: this.kubeconfig,
          'leader-elect': 'false',
          'bind-address': '127.0.0.1',
          'secure-port': String(port),
          'kube-api-qps': '200',
          'kube-api-burst': '400',
          ...more,
        };
        return { name, file: binaryOf(this.programs, name), args: flags(args) };
      },
      ready: async () =>
        (await new Api({ server: `https://127.0.0.1:${port}` }).request('GET', '/healthz')).status === 200,
    });
  }
}

export function flags(values: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`);
}

function kubeconfigOf(server: string, token: string): string {
  const name = 'e-ren';
  return JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name, cluster: { server, 'insecure-skip-tls-verify': true } }],
      users: [{ name, user: { token } }],
      contexts: [{ name, context: { cluster: name, user: name } }],
      'current-context': name,
    },
    null,
    2,
  );
}
