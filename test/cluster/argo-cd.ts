import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { dump, load } from 'js-yaml';
import type { KubernetesObject } from './api';
import type { Cluster } from './cluster';
import { flags, launch } from './control-plane';
import { addOnValues, manifestsOf } from './manifests';
import { freePort } from './ports';
import { binaryOf } from './programs';

const namespace = 'argocd';
/** What the runbook of the first installation applies before Argo CD itself. */
const before = ['dist/cluster/classes/PriorityClass.system.yaml', 'dist/cluster/argocd/Namespace.argocd.yaml'];

/** Argo CD: Redis, repository server and application controller. Its user interface has nothing to do here. */
export class ArgoCd {
  private ports = { redis: 0, repository: 0 };

  /** Starts all of it, with what the runbook applies beforehand. */
  static async start(cluster: Cluster): Promise<ArgoCd> {
    const argoCd = new ArgoCd(cluster);
    await argoCd.configure();
    await argoCd.startRedis();
    await argoCd.startRepositoryServer();
    await argoCd.startController();
    return argoCd;
  }

  private constructor(private readonly cluster: Cluster) {}

  /** Again, after it was ended. */
  async startController(): Promise<void> {
    const { processes, programs, kubeconfig } = this.cluster;
    const { configs } = addOnValues('argo-cd');
    let metrics = 0;
    await launch(processes, {
      program: async () => {
        metrics = await freePort();
        const args = {
          kubeconfig,
          namespace,
          redis: `127.0.0.1:${this.ports.redis}`,
          'repo-server': `127.0.0.1:${this.ports.repository}`,
          'repo-server-plaintext': 'true',
          'metrics-port': String(metrics),
          // A loop of syncs shows sooner than with two minutes, and nothing here answers a webhook.
          'app-resync': '30',
          'app-resync-jitter': '0',
          'sync-timeout': configs.params['controller.sync.timeout.seconds'],
          'persist-resource-health': String(configs.params['controller.resource.health.persist']),
        };
        return {
          name: 'argocd-application-controller',
          file: binaryOf(programs, 'argocd'),
          args: flags(args),
          env: this.env('argocd-application-controller'),
        };
      },
      ready: async () => (await fetch(`http://127.0.0.1:${metrics}/healthz`)).ok,
      within: 60,
    });
  }

  /** Again, after it was ended: on the same port, which the controller knows. */
  async startRepositoryServer(): Promise<void> {
    const { processes, programs } = this.cluster;
    const own = this.ports.repository !== 0;
    await launch(processes, {
      program: async () => {
        if (!own) this.ports.repository = await freePort();
        const args = {
          redis: `127.0.0.1:${this.ports.redis}`,
          address: '127.0.0.1',
          port: String(this.ports.repository),
          'metrics-address': '127.0.0.1',
          'metrics-port': String(await freePort()),
          'disable-tls': 'true',
          'client-ca-path': '',
        };
        return {
          name: 'argocd-repo-server',
          file: binaryOf(programs, 'argocd'),
          args: flags(args),
          env: this.env('argocd-repo-server'),
        };
      },
      ready: () => listens(this.ports.repository),
      within: 60,
    });
  }

  /**
   * The controller that tells people, with the committed triggers and templates.
   *
   * @param address of what plays Slack, GitHub and Datadog
   */
  async startNotifications(address: string): Promise<void> {
    const { api, processes, programs, kubeconfig } = this.cluster;
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    });
    const played = {
      'service.slack': { apiURL: `${address}/slack/` },
      'service.github': { enterpriseBaseURL: address },
      'service.webhook.datadog': { url: `${address}/datadog` },
    };
    const data = notificationSettings();
    for (const [key, more] of Object.entries(played))
      data[key] = dump({ ...(load(data[key] ?? '') as object), ...more });
    const stringData = {
      'github-app-id': '1',
      'github-installation-id': '2',
      'github-private-key': privateKey,
      'slack-token': 'played',
      'datadog-api-key': 'played',
    };
    const metadata = { name: 'notifications', namespace };
    await api.applyAll(
      [
        { apiVersion: 'v1', kind: 'ConfigMap', metadata, data },
        { apiVersion: 'v1', kind: 'Secret', metadata, stringData },
      ],
      { manager: 'harness' },
    );
    let metrics = 0;
    await launch(processes, {
      program: async () => {
        metrics = await freePort();
        const args = {
          kubeconfig,
          namespace,
          'config-map-name': metadata.name,
          'secret-name': metadata.name,
          'argocd-repo-server': `127.0.0.1:${this.ports.repository}`,
          'argocd-repo-server-plaintext': 'true',
          'metrics-port': String(metrics),
        };
        return {
          name: 'argocd-notifications',
          file: binaryOf(programs, 'argocd'),
          args: flags(args),
          env: this.env('argocd-notifications'),
        };
      },
      ready: async () => (await fetch(`http://127.0.0.1:${metrics}/metrics`)).ok,
      within: 60,
    });
  }

  /**
   * What the committed triggers make of an Application, by Argo CD's own engine.
   *
   * @param file with the Application
   * @returns the names of the triggers whose condition holds
   */
  async triggered(file: string): Promise<string[]> {
    // Whom it tells is not asked, and without their tokens the engine would refuse to begin.
    const data = Object.fromEntries(
      Object.entries(notificationSettings()).filter(([key]) => !key.startsWith('service.')),
    );
    const map = join(this.cluster.processes.folder, 'notifications.yaml');
    writeFileSync(
      map,
      dump({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'argocd-notifications-cm' }, data }),
    );
    const names = Object.keys(data).flatMap((key) => /^trigger\.(.*)$/.exec(key)?.[1] ?? []);
    const holds = await Promise.all(
      names.map(async (name) => {
        const args = [
          'admin',
          'notifications',
          'trigger',
          'run',
          name,
          file,
          '--config-map',
          map,
          '--secret',
          ':empty',
        ];
        const env = { ...this.env('argocd'), KUBECONFIG: this.cluster.kubeconfig };
        const { stdout, stderr } = await promisify(execFile)(binaryOf(this.cluster.programs, 'argocd'), args, {
          env,
        });
        const [, ...results] = stdout.trim().split('\n');
        if (results.length === 0 || results.some((line) => !/ (true|false)$/.test(line)))
          throw new Error(`${name} of ${file}: ${stdout}${stderr}`);
        return results.some((line) => line.endsWith(' true'));
      }),
    );
    return names.filter((_, i) => holds[i]);
  }

  private async startRedis(): Promise<void> {
    const { processes } = this.cluster;
    await launch(processes, {
      program: async () => {
        this.ports.redis = await freePort();
        const options = [
          '--port',
          String(this.ports.redis),
          '--bind',
          '127.0.0.1',
          '--save',
          '',
          '--appendonly',
          'no',
        ];
        return { name: 'redis-server', file: 'redis-server', args: options };
      },
      ready: () => listens(this.ports.redis),
    });
  }

  private env(role: string): Record<string, string> {
    const { programs, processes, kubeconfig } = this.cluster;
    const home = join(processes.folder, 'argocd');
    for (const folder of ['.kube', 'tls', 'ssh', 'plugins', 'tmp'])
      mkdirSync(join(home, folder), { recursive: true });
    // The address inside of every cluster, https://kubernetes.default.svc, then means this one.
    writeFileSync(join(home, '.kube/config'), readFileSync(kubeconfig));
    writeFileSync(join(home, '.gitconfig'), '[safe]\n\tdirectory = *\n');
    writeFileSync(join(home, 'ssh/ssh_known_hosts'), '');
    return {
      HOME: home,
      TMPDIR: join(home, 'tmp'),
      PATH: `${dirname(programs.files['git-verify-wrapper.sh'] ?? '')}:${process.env.PATH}`,
      ARGOCD_BINARY_NAME: role,
      ARGOCD_TLS_DATA_PATH: join(home, 'tls'),
      ARGOCD_SSH_DATA_PATH: join(home, 'ssh'),
      ARGOCD_PLUGINSOCKFILEPATH: join(home, 'plugins'),
      ARGOCD_GPG_ENABLED: 'false',
      ARGOCD_FAKE_IN_CLUSTER: 'true',
    };
  }

  private async configure(): Promise<void> {
    const { api } = this.cluster;
    await api.applyAll(manifestsOf(before).map(({ object }) => object));
    const { configs } = addOnValues('argo-cd');
    const own = (kind: string, name: string, more: object): KubernetesObject => ({
      apiVersion: 'v1',
      kind,
      metadata: {
        name,
        namespace,
        labels: { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': 'argocd' },
      },
      ...more,
    });
    const map = (name: string, data: Record<string, string> = {}) => own('ConfigMap', name, { data });
    const { 'dex.config': _signIn, ...settings } = configs.cm;
    const texts = Object.entries(settings).map(([key, value]) => [key, String(value)]);
    const stringData = { 'server.secretkey': 'played' };
    await api.applyAll(
      [
        map('argocd-cm', { ...this.cluster.file('argocd-cm.yaml').data, ...Object.fromEntries(texts) }),
        map('argocd-ssh-known-hosts-cm', this.cluster.file('argocd-ssh-known-hosts-cm.yaml').data),
        map('argocd-cmd-params-cm'),
        map('argocd-rbac-cm', configs.rbac),
        map('argocd-tls-certs-cm'),
        map('argocd-gpg-keys-cm'),
        own('Secret', 'argocd-secret', { type: 'Opaque', stringData }),
      ],
      { manager: 'harness' },
    );
  }
}

/** As its chart puts the values into the ConfigMap. */
function notificationSettings(): Record<string, string> {
  const { global, notifications } = addOnValues('argo-cd');
  const { notifiers, triggers, templates, subscriptions } = notifications;
  const context = { argocdUrl: `https://${global.domain}` };
  return { ...notifiers, ...triggers, ...templates, subscriptions: dump(subscriptions), context: dump(context) };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const say = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => say(true));
    socket.once('error', () => say(false));
  });
}
