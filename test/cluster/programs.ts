import { execFile, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './place';

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
  readonly ldflags?: (version: string) => string;
}

/** Where everything is once built; plain data, so that it can be handed to another process. */
export interface Programs {
  readonly minor: Minor;
  /** The path of each binary, by name. */
  readonly binaries: Readonly<Record<string, string>>;
  /** The files that came with the modules, by name. */
  readonly files: Readonly<Record<string, string>>;
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
 * Everything that the cluster runs, built where it is not yet. Two may build at once: each builds beside, and the first
 * to rename wins.
 *
 * @param say is told what takes long
 * @throws MissingError when Go, Git or redis-server is not there; Error with the compiler's words
 */
export async function programs(minor: Minor, say: (line: string) => void): Promise<Programs> {
  const go = version('go', ['version'], 'https://go.dev/dl, or the package golang-go when it is 1.26 or newer');
  version('git', ['--version'], 'the package git');
  version(
    'redis-server',
    ['--version'],
    'the package redis-server (apt-get install redis-server, brew install redis)',
  );
  const all = sources(minor);
  const binaries: Record<string, string> = {};
  const files: Record<string, string> = {};
  for (const source of all) {
    const folder = await built(source, go, say);
    for (const name of Object.keys(source.tools)) binaries[name] = join(folder, name);
    for (const file of source.files ?? []) files[basename(file)] = join(folder, basename(file));
  }
  return { minor, binaries, files };
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
    if (code !== 'ENOENT') throw new MissingError(`${program} does not run: ${message}`);
    throw new MissingError(`${program} is missing; get it from ${from}`);
  }
}

/** @returns the folder that holds what is made of a module */
async function built(source: Source, go: string, say: (line: string) => void): Promise<string> {
  const { name, module, tools } = source;
  const folder = join(root, 'test/cluster/programs', name);
  const hash = createHash('sha256').update(go).update(JSON.stringify(source));
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(folder, file)));
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'e-ren', 'cluster');
  const kept = join(cache, `${name}-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(kept)) {
    const now = new Date();
    utimesSync(kept, now, now);
    return kept;
  }
  const of = new RegExp(`^(?:require\\s+|\\s+)${module} (v\\S+)`, 'm').exec(
    readFileSync(join(folder, 'go.mod'), 'utf8'),
  )?.[1];
  if (!of)
    throw new Error(`test/cluster/programs/${name}/go.mod: does not require ${module}; run go get -tool there`);
  const beside = `${kept}.${process.pid}`;
  mkdirSync(beside, { recursive: true });
  const since = Date.now();
  const passed = () => `${Math.round((Date.now() - since) / 1000)} s`;
  say(`builds ${name} ${of} (once; up to some minutes)`);
  const timer = setInterval(() => say(`  still building ${name}, ${passed()}`), 15_000);
  try {
    for (const [binary, path] of Object.entries(tools))
      await compile(folder, ['-ldflags', `-s -w ${source.ldflags?.(of) ?? ''}`, '-o', join(beside, binary), path]);
    await copyFiles(source, folder, beside);
    try {
      renameSync(beside, kept);
    } catch (error) {
      // Somebody else has built the same meanwhile.
      if (!existsSync(kept)) throw error;
    }
    say(`  ${name} ${of} is built, ${passed()}`);
  } finally {
    clearInterval(timer);
    rmSync(beside, { recursive: true, force: true });
  }
  forget(cache, name, kept);
  return kept;
}

async function copyFiles({ module, files = [] }: Source, folder: string, to: string): Promise<void> {
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

/** Removes what nobody has used for a month: earlier versions of a program, and what an interrupted build left. */
function forget(cache: string, name: string, kept: string): void {
  const month = 30 * 86_400_000;
  for (const item of readdirSync(cache)) {
    const path = join(cache, item);
    if (item.startsWith(`${name}-`) && path !== kept && Date.now() - statSync(path).mtimeMs > month)
      rmSync(path, { recursive: true, force: true });
  }
}
