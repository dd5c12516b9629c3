import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { debian13 } from './installation';
import type { Pod } from './pods';
import { passwords } from './replacements';

/** A login at the pool of a pod. */
export interface Login {
  readonly user: string;
  readonly database: string;
  readonly password?: string;
  /** `inside` comes over the pod's loopback, as the app does; `outside` from another host, as the Datadog agent does. */
  readonly from: 'inside' | 'outside';
}

/** What the app logs in by. */
export const app: Login = { user: 'app', database: 'eren', from: 'inside' };
/** What the agent's check logs in by. */
export const statistics: Login = {
  user: 'datadog',
  database: 'pgbouncer',
  password: passwords.statistics,
  from: 'outside',
};

const port = 6432;

function psql(pod: Pod, { user, database, password = '', from }: Login): string[] {
  const net = from === 'outside' ? [] : ['nsenter', `--net=${pod.host.namespace}`];
  const env = ['env', `PGPASSWORD=${password}`, 'PGCONNECT_TIMEOUT=25'];
  const host = from === 'outside' ? pod.address : '127.0.0.1';
  return [
    ...net,
    ...['chroot', debian13, ...env, 'psql', '-XqAt', '-h', host, '-p', String(port), '-U', user, '-d', database],
  ];
}

/** What is answered to one question, or why it is not. */
export function connect(pod: Pod, login: Login, sql = 'select 1'): Promise<string> {
  const [command = '', ...args] = psql(pod, login);
  return new Promise((resolve) =>
    execFile(command, [...args, '-c', sql], (_error, stdout, stderr) => resolve(`${stdout}${stderr}`.trim())),
  );
}

/** A connection that stays open until it is ended, from either side. */
export interface Session {
  /** The next line that is said, be it an answer or an error; `closed` when there is none any more. */
  ask(sql: string): Promise<string>;
  end(): void;
}

/** Logs in and stays. @throws Error when it is not let in */
export async function open(pod: Pod, login: Login): Promise<Session> {
  const [command = '', ...args] = psql(pod, login);
  const child = spawn('sh', ['-c', 'exec "$@" 2>&1', 'sh', command, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const said = createInterface(child.stdout)[Symbol.asyncIterator]();
  child.stdin.on('error', () => {});
  const session = {
    ask: async (sql: string) => {
      child.stdin.write(`${sql};\n`);
      const { value, done } = await said.next();
      return done ? 'closed' : value;
    },
    end: () => child.stdin.end(),
  };
  const answer = await session.ask(login.database === 'pgbouncer' ? 'show version' : 'select 1');
  if (!/^(1|PgBouncer .*)$/.test(answer)) throw new Error(`${login.user} at ${login.database}: ${answer}`);
  return session;
}

/** The connection of the agent's check, which keeps it for as long as it is answered (`use_cached` of the check). */
export const openConsole = (pod: Pod): Promise<Session> => open(pod, statistics);
