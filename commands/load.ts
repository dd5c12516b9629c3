import * as http from 'node:http';
import * as https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import program from '../charts/program.json';

export interface Load {
  readonly at: URL;
  /** What the app is asked for by name. */
  readonly host: string;
  readonly paths: readonly string[];
  /** A header each; users take them in turn. */
  readonly cookies: readonly string[];
  readonly users: number;
  /** Requests a second, of all users. */
  readonly rate: number;
  /** Seconds in which the users come, one after another; what is answered then does not count. */
  readonly arrival: number;
  /** Seconds that count. */
  readonly seconds: number;
}

export interface Figures {
  readonly answers: number;
  /** Requests a second that were answered, and that were meant to be. */
  readonly perSecond: number;
  readonly asked: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** No answer, or one of 400 and more but for 429. */
  readonly failed: number;
  readonly refused: number;
  /** Status or error, and how often, the most frequent first. */
  readonly statuses: readonly [string, number][];
  /** False when it gave up. */
  readonly whole: boolean;
}

interface Answer {
  readonly status: string;
  readonly milliseconds: number;
  readonly counts: boolean;
}

/** Milliseconds after which nobody waits any longer. */
const patience = 10_000;
/** A fifth of so many requests in a row failed: more of them would only do harm. */
const recent = 100;

/**
 * Users who come one after another, keep a connection each as a browser does, and read a page every so often, whether
 * others wait or not. One who waits longer than that asks again as soon as the answer is there.
 */
export async function play(load: Load, say: (line: string) => void): Promise<Figures> {
  const { users, rate, arrival, seconds } = load;
  const began = performance.now();
  const since = () => (performance.now() - began) / 1000;
  const end = arrival + seconds;
  const answers: Answer[] = [];
  let gaveUp = false;
  const add = (answer: Answer) => {
    answers.push(answer);
    const last = answers.slice(-recent);
    gaveUp ||= last.length === recent && last.filter(({ status }) => isFailure(status)).length > recent / 5;
  };
  const use = async (user: number) => {
    const agent = agentOf(load.at);
    const every = users / rate;
    for (let due = (user / users) * Math.max(arrival, every), turn = user; ; turn += 1) {
      await sleep(Math.max(0, 1000 * (due - since())));
      if (gaveUp || since() >= end) break;
      const counts = since() >= arrival;
      const path = load.paths[turn % load.paths.length] as string;
      add({ ...(await ask(load, agent, path, load.cookies[user % load.cookies.length])), counts });
      due = Math.max(due + every, since());
    }
    agent.destroy();
  };
  const telling = setInterval(() => {
    const { answers: count, p95 } = figuresOf(answers.slice(-10 * rate), load, true);
    say(`${Math.round(since())} s: p95 ${p95} ms of the last ${count}`);
  }, 15_000);
  try {
    await Promise.all(Array.from({ length: users }, (_, user) => use(user)));
  } finally {
    clearInterval(telling);
  }
  return figuresOf(
    answers.filter(({ counts }) => counts || gaveUp),
    load,
    !gaveUp,
  );
}

function isFailure(status: string): boolean {
  return !/^[123]/.test(status) && status !== '429';
}

function figuresOf(answers: readonly Answer[], { rate, seconds }: Load, whole: boolean): Figures {
  const sorted = answers.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
  const share = (part: number) =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0);
  const statuses = new Map<string, number>();
  for (const { status } of answers) statuses.set(status, (statuses.get(status) ?? 0) + 1);
  return {
    answers: answers.length,
    perSecond: Math.round((10 * answers.length) / seconds) / 10,
    asked: rate,
    p50: share(0.5),
    p95: share(0.95),
    p99: share(0.99),
    failed: answers.filter(({ status }) => isFailure(status)).length,
    refused: statuses.get('429') ?? 0,
    statuses: [...statuses].sort(([, a], [, b]) => b - a),
    whole,
  };
}

function agentOf({ protocol }: URL): http.Agent {
  const options = { keepAlive: true, maxSockets: 1 };
  return protocol === 'https:' ? new https.Agent(options) : new http.Agent(options);
}

function ask(load: Load, agent: http.Agent, path: string, cookie?: string): Promise<Omit<Answer, 'counts'>> {
  const began = performance.now();
  const { at, host } = load;
  const { request } = at.protocol === 'https:' ? https : http;
  const headers = {
    host,
    accept: 'text/html',
    'user-agent': `${program.name}-load-test`,
    ...(cookie && { cookie }),
  };
  return new Promise((resolve) => {
    const done = (status: string) => resolve({ status, milliseconds: performance.now() - began });
    const sent = request(new URL(path, at), { agent, headers, servername: host }, (response) => {
      response.resume();
      response.once('end', () => done(String(response.statusCode)));
      response.once('error', (error) => done(error.message));
    });
    const late = setTimeout(() => sent.destroy(new Error(`no answer in ${patience / 1000} s`)), patience);
    sent.once('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
    sent.once('close', () => clearTimeout(late));
    sent.end();
  });
}
