import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, chmodSync, closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A program that was started, with all that it said. */
export interface Program {
  readonly name: string;
  readonly child: ChildProcess;
  /** Its exit status, or the signal's number over 128; never rejects. */
  readonly ended: Promise<number>;
  running(): boolean;
  said(): string;
}

/** Those of the running test file, the last one last. */
const started: Program[] = [];

export function start(name: string, command: string, args: readonly string[], logFile: string): Program {
  // A file and not a pipe: programs open /dev/stderr, as whoever they are.
  const log = openSync(logFile, 'a');
  chmodSync(logFile, 0o666);
  const child = spawn(command, args, { stdio: ['ignore', log, log] });
  closeSync(log);
  let status: number | undefined;
  const ended = new Promise<number>((resolve) => {
    const end = (code: number) => {
      status = code;
      resolve(code);
    };
    child.once('error', (error) => {
      appendFileSync(logFile, `${error.message}\n`);
      end(127);
    });
    child.once('close', (code, signal) => end(code ?? 128 + (signals[signal ?? ''] ?? 0)));
  });
  const program = {
    name,
    child,
    ended,
    running: () => status === undefined,
    said: () => readFileSync(logFile, 'utf8'),
  };
  started.push(program);
  return program;
}

const signals: Record<string, number> = { SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

/** The last lines of every program of this file, for a failure. */
export function tails(lines = 15): string {
  return started
    .map(({ name, said, running }) => {
      const last = said().trimEnd().split('\n').slice(-lines).join('\n').replaceAll(/^/gm, '    ');
      return `  ${name}${running() ? '' : ' (ended)'}\n${last}`;
    })
    .join('\n');
}

/** Kills all that this file started and waits until it is gone. */
export async function stopAll(): Promise<void> {
  for (const { child, running } of started) if (running()) child.kill('SIGKILL');
  await Promise.all(started.map(({ ended }) => ended));
  started.length = 0;
}

/** Asks again every so many milliseconds until it is answered with something true. @throws Error after so many seconds */
export async function until<T>(
  what: string,
  seconds: number,
  ask: () => T | Promise<T>,
  every = 100,
): Promise<NonNullable<T>> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer) return answer as NonNullable<T>;
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`);
    await sleep(every);
  }
}
