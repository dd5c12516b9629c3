import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../support/root';

/** A program as it is started. */
export interface Program {
  /** Also of its log. */
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  /** Beside what every program gets: PATH and the folder as HOME. */
  readonly env?: Readonly<Record<string, string>>;
}

interface Answer {
  readonly id?: number;
  readonly value?: unknown;
  readonly error?: string;
  readonly ended?: string;
  readonly pid?: number;
  readonly code?: number | null;
  readonly signal?: string | null;
}

/** The programs of one cluster, each stopped by its own process id when this process ends, however it ends. */
export class Processes {
  /** Those of all clusters that this process has started and not yet ended. */
  static readonly alive = new Set<Processes>();
  /** Process ids of what runs, by name. */
  readonly running = new Map<string, number>();
  /** Everything that was started, in this order. */
  readonly started = new Set<string>();
  private readonly keeper: ChildProcess;
  private readonly waiting = new Map<number, (answer: Answer) => void>();
  private readonly ended = new Map<string, string>();
  private asked = 0;

  /** @param folder of the logs; removed in the end with all that is in it */
  constructor(readonly folder: string) {
    mkdirSync(folder, { recursive: true });
    Processes.alive.add(this);
    this.keeper = fork(join(root, 'test/cluster/keeper.mjs'), [folder], {
      detached: true,
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.keeper.on('message', (answer: Answer) => this.hear(answer));
    this.keeper.on('exit', () => this.fallSilent());
  }

  async start({ name, file, args, env }: Program): Promise<void> {
    this.ended.delete(name);
    this.started.add(name);
    const all = { PATH: process.env.PATH ?? '', HOME: this.folder, TMPDIR: this.folder, ...env };
    this.running.set(name, Number(await this.ask({ act: 'start', name, file, args, env: all })));
  }

  async stop(name: string): Promise<void> {
    await this.ask({ act: 'stop', name });
  }

  /** For example SIGKILL, or SIGSTOP for one that hangs. */
  async signal(name: string, signal: NodeJS.Signals): Promise<void> {
    await this.ask({ act: 'signal', name, signal });
  }

  /** Stops everything and removes the folder. */
  async end(): Promise<void> {
    Processes.alive.delete(this);
    if (this.keeper.exitCode !== null || !this.keeper.connected) return;
    const gone = new Promise((resolve) => this.keeper.once('exit', resolve));
    await this.ask({ act: 'end' });
    if (this.keeper.connected) this.keeper.disconnect();
    await gone;
  }

  /** How a program ended that should run, or nothing. */
  fate(name: string): string | undefined {
    return this.ended.get(name);
  }

  /** The last lines of a program's log. */
  tail(name: string, lines = 15): string {
    return this.log(name).trimEnd().split('\n').slice(-lines).join('\n');
  }

  log(name: string): string {
    const file = join(this.folder, `${name}.log`);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  private ask(message: { readonly act: string; readonly [field: string]: unknown }): Promise<unknown> {
    const id = ++this.asked;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, ({ error, value }) => (error ? reject(new Error(error)) : resolve(value)));
      this.keeper.send({ id, ...message });
    });
  }

  private hear({ id, ended, pid, code, signal, ...answer }: Answer): void {
    if (id !== undefined) {
      this.waiting.get(id)?.(answer);
      this.waiting.delete(id);
    }
    if (ended === undefined) return;
    if (this.running.get(ended) === pid) this.running.delete(ended);
    this.ended.set(ended, signal ? `was ended by ${signal}` : `ended with exit code ${code}`);
  }

  private fallSilent(): void {
    for (const tell of this.waiting.values()) tell({});
    this.waiting.clear();
  }
}
