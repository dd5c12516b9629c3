import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Image } from './images';
import type { Host } from './network';
import { type Program, start, until } from './processes';

export interface ContainerProps {
  readonly name: string;
  readonly host: Host;
  readonly image: Image;
  readonly command: readonly string[];
  readonly env?: Record<string, string>;
  readonly user: number;
  readonly group: number;
  readonly groups?: readonly number[];
  readonly mounts?: readonly Mount[];
  /** Names of other hosts, as /etc/hosts has them. */
  readonly names: Record<string, string>;
  /** Where its layers and its log are kept. */
  readonly folder: string;
}

export interface Mount {
  /** A folder of ours. */
  readonly from: string;
  readonly to: string;
  readonly readOnly?: boolean;
}

/** A command as the kubelet would run it: its own process 1, a root nobody writes to, a user without any privilege. */
export interface Container extends Program {
  /** Process 1 of it, seen from here. */
  readonly pid: number;
  exec(command: readonly string[], seconds: number): Promise<{ status: number; said: string }>;
}

export async function run(props: ContainerProps): Promise<Container> {
  const { name, host, image, folder } = props;
  const layer = join(folder, 'layer');
  const root = join(folder, 'root');
  for (const path of ['proc', 'dev', 'tmp', ...(props.mounts ?? []).map(({ to }) => to.slice(1))])
    mkdirSync(join(layer, path), { recursive: true });
  mkdirSync(root, { recursive: true });
  const files = {
    '/etc/hosts': hosts(host.name, props.names),
    '/etc/resolv.conf': '',
    '/etc/passwd': `${readFileSync(join(image.layers.at(-1) as string, 'etc/passwd'), 'utf8')}${people}`,
    ...image.files,
  };
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(layer, path)), { recursive: true });
    writeFileSync(join(layer, path), content);
  }
  const program = start(
    name,
    'nsenter',
    [
      `--net=${host.namespace}`,
      ...['unshare', '--pid', '--mount', '--uts', '--ipc', '--fork', '--kill-child'],
      ...['sh', '-euc', enter, 'sh', host.name, root, [layer, ...image.layers].join(':'), mountsOf(props)],
      ...identity(props),
      ...environment(props),
      ...props.command,
    ],
    join(folder, 'log'),
  );
  const pid = await until(`${name} starts`, 10, () => !program.running() || initOf(program.child.pid), 10);
  return {
    ...program,
    pid: Number(pid),
    exec: (command, seconds) =>
      new Promise((resolve) => {
        const inside = [
          '--target',
          String(pid),
          '--mount',
          '--pid',
          '--net',
          '--uts',
          '--ipc',
          '--root',
          ...identity(props),
          ...environment(props),
          ...command,
        ];
        execFile('nsenter', inside, { timeout: seconds * 1000, killSignal: 'SIGKILL' }, (error, stdout, stderr) =>
          resolve({ status: error ? Number(error.code ?? 124) : 0, said: `${stdout}${stderr}` }),
        );
      }),
  };
}

/** The child of `unshare`, once it runs what it was given and not the shell that mounts. */
function initOf(pid: number | undefined): number | undefined {
  const read = (path: string) => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return '';
    }
  };
  const child = Number(read(`/proc/${pid}/task/${pid}/children`).trim().split(' ')[0]);
  // The shell is sh -euc; setpriv replaces it.
  return child && !/^(unshare|sh\0-euc)/.test(read(`/proc/${child}/cmdline`)) ? child : undefined;
}

const people = `rails:x:1000:1000::/home/rails:/usr/sbin/nologin
pgbouncer:x:998:996::/:/usr/sbin/nologin
postgres:x:999:999::/:/usr/sbin/nologin
`;

function hosts(name: string, names: Record<string, string>): string {
  const lines = Object.entries({ localhost: '127.0.0.1', [name]: '127.0.1.1', ...names });
  return lines.map(([host, address]) => `${address} ${host}\n`).join('');
}

function identity({ user, group, groups = [] }: ContainerProps): string[] {
  const ids = [`--reuid=${user}`, `--regid=${group}`, `--groups=${[group, ...groups].join(',')}`];
  return ['setpriv', ...ids, '--bounding-set=-all', '--inh-caps=-all', '--no-new-privs'];
}

function environment({ env = {}, image }: ContainerProps): string[] {
  const all = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    LC_ALL: 'C.UTF-8',
    ...image.env,
    ...env,
  };
  return [
    ...['env', '-i', '-C', image.directory],
    ...Object.entries(all).map(([key, value]) => `${key}=${value}`),
  ];
}

function mountsOf({ mounts = [] }: ContainerProps): string {
  return mounts.map(({ from, to, readOnly }) => `${from}|${to}|${readOnly ? 'ro' : 'rw'}\n`).join('');
}

/** The kubelet names the host by the pod. All of it is gone with its mount namespace. The layers have nothing above them that could be written to. */
const enter = `
name=$1 root=$2 layers=$3 mounts=$4
shift 4
mount --make-rprivate /
printf %s "$name" >/proc/sys/kernel/hostname
mount -t overlay overlay -o "lowerdir=$layers" "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
mkdir "$root/dev/shm"
chmod 1777 "$root/dev/shm"
for device in null zero full random urandom tty; do : >"$root/dev/$device"; mount --bind "/dev/$device" "$root/dev/$device"; done
ln -s /proc/self/fd "$root/dev/fd"
ln -s /proc/self/fd/1 "$root/dev/stdout"
ln -s /proc/self/fd/2 "$root/dev/stderr"
printf %s "$mounts" | while IFS='|' read -r from to mode; do
  mount --bind "$from" "$root$to"
  [ "$mode" = rw ] || mount -o remount,bind,ro "$root$to"
done
exec chroot "$root" "$@"
`;
