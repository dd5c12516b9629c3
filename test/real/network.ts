import { execFileSync } from 'node:child_process';

/** Addresses set aside for measuring (RFC 2544). They exist in the network namespace of this run and nowhere else. */
const subnet = '198.18';

/** Where the tests themselves, their recorders and their users are. */
export const testAddress = `${subnet}.0.1`;

/** A machine of its own: its loopback, its ports, one address. */
export interface Host {
  readonly name: string;
  readonly address: string;
  /** What a program enters to be on it. */
  readonly namespace: string;
}

let count = 0;
const added: string[] = [];

/** Once a run, in a network namespace that has nothing yet. */
export function openNetwork(): void {
  ip(
    'link set lo up',
    'link add hosts0 type bridge',
    `addr add ${testAddress}/16 dev hosts0`,
    'link set hosts0 up',
    // The users' browsers are seen by addresses of it, which are bound without being added.
    `route add local ${subnet}.100.0/24 dev lo`,
  );
}

/** Another address of the tests themselves, for example the one at which the node's Datadog agent is. */
export function addAddress(): string {
  const address = `${subnet}.1.${++count}`;
  ip(`addr add ${address}/16 dev hosts0`);
  added.push(`addr delete ${address}/16 dev hosts0`);
  return address;
}

/** The address that a user's browser is seen by: a campus has a handful, so all of them have one of two. */
export function userAddress(user: number): string {
  return `${subnet}.100.${(user % 2) + 1}`;
}

export function addHost(name: string): Host {
  const number = ++count;
  const namespace = `${name.slice(0, 40)}-${number}`;
  const address = `${subnet}.2.${number}`;
  ip(`netns add ${namespace}`, `link add to${number} type veth peer name eth0 netns ${namespace}`);
  ip(`link set to${number} master hosts0 up`);
  execFileSync('ip', ['-netns', namespace, '-batch', '-'], {
    input: `addr add ${address}/16 dev eth0\nlink set eth0 up\nlink set lo up\n`,
  });
  // The link first: the kernel takes its time to remove what is in a namespace.
  added.push(`netns delete ${namespace}`, `link delete to${number}`);
  return { name, address, namespace: `/run/netns/${namespace}` };
}

/** Every host and address of this test file; those of a program that still runs would stay with it. */
export function closeHosts(): void {
  ip(...added.splice(0).reverse());
}

function ip(...commands: string[]): void {
  execFileSync('ip', ['-batch', '-'], { input: `${commands.join('\n')}\n`, stdio: ['pipe', 'ignore', 'pipe'] });
}
