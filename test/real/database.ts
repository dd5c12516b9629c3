import { execFile, spawn } from 'node:child_process';
import type { Pod } from './pods';

const client = (pod: Pod) => {
  const { pid } = pod.container('postgres');
  return [
    '--target',
    String(pid),
    '--mount',
    '--net',
    '--root',
    'env',
    'PATH=/usr/lib/postgresql/17/bin:/usr/bin',
    'psql',
  ];
};
const superuser = ['-h', '/run/postgresql', '-U', 'postgres', '-v', 'ON_ERROR_STOP=1', '-qAtX'];

/** What PostgreSQL itself says, asked by its superuser beside the pools. @throws Error with what it said */
export function query(pod: Pod, sql: string, database = 'eren'): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('nsenter', [...client(pod), ...superuser, '-d', database, '-c', sql], (error, stdout, stderr) =>
      error ? reject(new Error(`${sql}: ${stderr}`)) : resolve(stdout.trim()),
    );
  });
}

export interface Session {
  end(): void;
}

/** A session that does this and then stays, for example with a lock. */
export function hold(pod: Pod, sql: string): Session & { readonly done: Promise<void> } {
  const child = spawn('nsenter', [...client(pod), ...superuser, '-d', 'eren'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.write(`${sql};\n\\echo done\n`);
  const done = new Promise<void>((resolve) => child.stdout.once('data', () => resolve()));
  return { done, end: () => child.stdin.end() };
}

export interface Connections extends Session {
  /** The most that were held at one of the moments, by role. */
  most(): number;
  /** How many moments were looked at. */
  readonly samples: readonly number[];
}

/** Counts the connections of clients ten times a second, its own not among them. */
export function countConnections(pod: Pod): Connections {
  const child = spawn('nsenter', [...client(pod), ...superuser, '-d', 'postgres'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const samples: number[] = [];
  child.stdout.on('data', (chunk: Buffer) => {
    for (const line of chunk.toString().split('\n')) if (/^\d+$/.test(line)) samples.push(Number(line));
  });
  child.stdin.write(
    "select count(*) from pg_stat_activity where backend_type = 'client backend' and datname = 'eren' \\watch 0.1\n",
  );
  return {
    samples,
    most: () => {
      if (samples.length === 0) throw new Error('the connections were never counted');
      return Math.max(...samples);
    },
    end: () => child.kill('SIGKILL'),
  };
}
