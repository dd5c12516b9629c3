import { execFile, execFileSync, spawn } from 'node:child_process';
import { chmodSync, cpSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../support/root';
import { folderOf, type Kept } from './kept';
import { moto } from './moto';

/** The minors that there is a module for; the first is the one that production runs. */
export const minors = ['1.35', '1.34', '1.36'] as const;
export type Minor = (typeof minors)[number];

/** One Go module: what is built of it, and what else of it is kept. */
interface Source {
  readonly name: string;
  readonly module: string;
  /** Binary by name, and the package it is built of. */
  readonly tools: Readonly<Record<string, string>>;
  readonly files?: readonly string[];
  /** What is kept of another module that it is built with. */
  readonly others?: Readonly<{ module: string; files: readonly string[] }>;
  readonly ldflags?: (version: string) => string;
}

/** Where everything is once built; plain data, so that it can be handed to another process. */
export interface Programs {
  readonly minor: Minor;
  /** The path of each binary, by name. */
  readonly binaries: Readonly<Record<string, string>>;
  /** The files that came with the modules, by name. */
  readonly files: Readonly<Record<string, string>>;
  /** A Python that has moto. */
  readonly python: string;
}

/** Something that has to be on the machine is not; the message says what, and how to get it. */
export class MissingError extends Error {}

function sources(minor: Minor): Source[] {
  const kubernetes = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl'];
  return [
    { name: 'etcd', module: 'go.etcd.io/etcd/server/v3', tools: { etcd: 'go.etcd.io/etcd/server/v3' } },
    {
      name: `kubernetes-${minor}`,
      module: 'k8s.io/kubernetes',
      tools: Object.fromEntries(kubernetes.map((name) => [name, `k8s.io/kubernetes/cmd/${name}`])),
      // Without them it calls itself v0.0.0, and no controller knows what it talks to.
      ldflags: (version) => {
        const [major, minor] = version.slice(1).split('.');
        const values = { gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
        return Object.entries(values)
          .map(([key, value]) => `-X k8s.io/component-base/version.${key}=${value}`)
          .join(' ');
      },
    },
    {
      name: 'kwok',
      module: 'sigs.k8s.io/kwok',
      tools: { kwok: 'sigs.k8s.io/kwok/cmd/kwok' },
      // The `general` stages of pods report a native sidecar as completed.
      files: [
        'kustomize/crd/bases/kwok.x-k8s.io_stages.yaml',
        'kustomize/stage/node/fast/node-initialize.yaml',
        'kustomize/stage/node/heartbeat-with-lease/node-heartbeat-with-lease.yaml',
        'kustomize/stage/pod/fast/pod-ready.yaml',
        'kustomize/stage/pod/fast/pod-complete.yaml',
        'kustomize/stage/pod/fast/pod-delete.yaml',
      ],
    },
    {
      name: 'argo-rollouts',
      module: 'github.com/argoproj/argo-rollouts',
      tools: {
        'rollouts-controller': 'github.com/argoproj/argo-rollouts/cmd/rollouts-controller',
        'kubectl-argo-rollouts': 'github.com/argoproj/argo-rollouts/cmd/kubectl-argo-rollouts',
      },
      // The two that the repository itself writes objects of are in imports/crds.
      files: ['analysis-run', 'cluster-analysis-template', 'experiment'].map(
        (name) => `manifests/crds/${name}-crd.yaml`,
      ),
    },
    {
      name: 'argo-cd',
      module: 'github.com/argoproj/argo-cd/v3',
      tools: { argocd: 'github.com/argoproj/argo-cd/v3/cmd' },
      files: [
        'manifests/crds/applicationset-crd.yaml',
        ...['argocd-cm', 'argocd-ssh-known-hosts-cm'].map((name) => `manifests/base/config/${name}.yaml`),
        // Every request for manifests runs it.
        'hack/git-verify-wrapper.sh',
      ],
    },
  ];
}

/**
 * Everything that the cluster runs, built where it is not yet.
 *
 * @param say is told what takes long
 * @throws MissingError when Go, Git, redis-server or Python is not there; Error with the compiler's words
 */
export async function programs(minor: Minor, say: (line: string) => void): Promise<Programs> {
  const go = version('go', ['version'], 'https://go.dev/dl, or the package golang-go when it is 1.26 or newer');
  version('git', ['--version'], 'the package git');
  version(
    'redis-server',
    ['--version'],
    'the package redis-server (apt-get install redis-server, brew install redis)',
  );
  version('python3', ['-c', 'import ensurepip, venv'], 'the packages python3 and python3-venv');
  const made = [];
  for (const source of sources(minor)) made.push(await found(source, go, say));
  const binaries = Object.assign({}, ...made.map((each) => each.binaries));
  const files = Object.assign({}, ...made.map((each) => each.files));
  const python = join(await folderOf(moto(), say), 'bin/python');
  return { minor, binaries, files, python };
}

/** What a single scenario runs and the others do not wait for: each holds the clients of half the world. */
const addOns = {
  'external-dns': {
    module: 'sigs.k8s.io/external-dns',
    tools: { 'external-dns': 'sigs.k8s.io/external-dns' },
  },
  'datadog-operator': {
    module: 'github.com/DataDog/datadog-operator',
    tools: { 'datadog-operator': 'github.com/DataDog/datadog-operator/cmd' },
    // The reference of Datadog's API, which its client is made of.
    others: {
      module: 'github.com/DataDog/datadog-api-client-go/v2',
      files: ['.generator/schemas/v1/openapi.yaml'],
    },
  },
  keda: {
    module: 'github.com/kedacore/keda/v2',
    tools: {
      'keda-operator': 'github.com/kedacore/keda/v2/cmd/operator',
      'keda-adapter': 'github.com/kedacore/keda/v2/cmd/adapter',
    },
    // It reads all of its kinds, whoever uses them.
    files: [
      'keda.sh_scaledjobs',
      'keda.sh_clustertriggerauthentications',
      'eventing.keda.sh_cloudeventsources',
      'eventing.keda.sh_clustercloudeventsources',
    ].map((name) => `config/crd/bases/${name}.yaml`),
  },
} satisfies Record<string, Omit<Source, 'name'>>;

/**
 * What the cluster runs, and an add-on with it.
 *
 * @param say is told what takes long
 */
export async function withAddOn(
  name: keyof typeof addOns,
  { binaries, files, ...rest }: Programs,
  say: (line: string) => void,
): Promise<Programs> {
  const go = version('go', ['version'], 'https://go.dev/dl, or the package golang-go when it is 1.26 or newer');
  const made = await found({ name, ...addOns[name] }, go, say);
  return { ...rest, binaries: { ...binaries, ...made.binaries }, files: { ...files, ...made.files } };
}

/** Where all of a module is, built where it is not yet. */
async function found(
  source: Source,
  go: string,
  say: (line: string) => void,
): Promise<Pick<Programs, 'binaries' | 'files'>> {
  const folder = await folderOf(built(source, go), say);
  const kept = [...(source.files ?? []), ...(source.others?.files ?? [])].map((file) => basename(file));
  return {
    binaries: Object.fromEntries(Object.keys(source.tools).map((name) => [name, join(folder, name)])),
    files: Object.fromEntries(kept.map((file) => [file, join(folder, file)])),
  };
}

/** @throws Error when no module builds it */
export function binaryOf({ binaries }: Programs, name: string): string {
  const path = binaries[name];
  if (path === undefined) throw new Error(`${name} is built of no module in test/cluster/programs`);
  return path;
}

function version(program: string, args: string[], from: string): string {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw new MissingError(`${program} does not run; get it from ${from}: ${message}`);
    throw new MissingError(`${program} is missing; get it from ${from}`);
  }
}

/** What is made of a module. */
function built(source: Source, go: string): Kept {
  const { name, module, tools } = source;
  const folder = join(root, 'test/cluster/programs', name);
  const [required, sums] = ['go.mod', 'go.sum'].map((file) => readFileSync(join(folder, file), 'utf8'));
  const version = new RegExp(`^(?:require\\s+|\\s+)${module} (v\\S+)`, 'm').exec(required ?? '')?.[1];
  if (!version)
    throw new Error(`test/cluster/programs/${name}/go.mod: does not require ${module}; run go get -tool there`);
  return {
    name,
    version,
    key: [go, JSON.stringify(source), required ?? '', sums ?? ''],
    make: async (beside) => {
      const ldflags = `-s -w ${source.ldflags?.(version) ?? ''}`;
      for (const [binary, path] of Object.entries(tools))
        await compile(folder, ['-ldflags', ldflags, '-o', join(beside, binary), path]);
      for (const { module, files = [] } of [source, ...(source.others ? [source.others] : [])])
        await copyFiles(module, files, folder, beside);
    },
  };
}

async function copyFiles(module: string, files: readonly string[], folder: string, to: string): Promise<void> {
  if (files.length === 0) return;
  const { stdout } = await promisify(execFile)('go', ['list', '-m', '-f', '{{.Dir}}', module], { cwd: folder });
  for (const file of files) {
    const copy = join(to, basename(file));
    cpSync(join(stdout.trim(), file), copy);
    // The module cache is read-only.
    chmodSync(copy, file.endsWith('.sh') ? 0o755 : 0o644);
  }
}

function compile(cwd: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, CGO_ENABLED: '0' };
    const child = spawn('go', ['build', ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    const keep = (text: Buffer) => {
      said = (said + text).slice(-4_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`go build in ${cwd} ended with ${code}:\n${said}`)),
    );
  });
}
