import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { userAddress } from './network';

export interface Answer {
  readonly method: string;
  readonly path: string;
  /** 0 when there was none. */
  readonly status: number;
  readonly milliseconds: number;
  readonly body: string;
  /** What a browser would send back. */
  readonly cookie: string;
  /** Since the load began. */
  readonly at: number;
}

export interface Request {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  /** Whose browser, by number. */
  readonly user?: number;
  /** Seconds. */
  readonly timeout?: number;
}

/** The host that the app answers to, asked as the load balancer does after it has ended TLS. */
export const browser = { host: 'eren.washu.edu', 'x-forwarded-proto': 'https' };

const agent = new Agent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY });

export function send(
  to: { address: string; port: number },
  { method = 'GET', path, ...rest }: Request,
): Promise<Answer> {
  const began = performance.now();
  return new Promise((resolve) => {
    const end = (status: number, body: string, cookies: readonly string[] = []) =>
      resolve({
        ...{ method, path, status, body, at: 0 },
        cookie: cookies.map((cookie) => cookie.split(';')[0]).join('; '),
        milliseconds: performance.now() - began,
      });
    const sent = request(
      {
        ...{ agent, method, path, host: to.address, port: to.port, headers: { ...browser, ...rest.headers } },
        localAddress: userAddress(rest.user ?? 0),
      },
      (response) => {
        let body = '';
        response.on('data', (chunk) => {
          body += chunk;
        });
        response.once('end', () => end(response.statusCode ?? 0, body, response.headers['set-cookie']));
        response.once('error', (error) => end(0, error.message));
      },
    );
    sent.once('error', (error) => end(0, error.message));
    sent.setTimeout((rest.timeout ?? 65) * 1000, () => sent.destroy(new Error('no answer in time')));
    sent.end();
  });
}

/** What people do: of ten requests six read, two write, one uses the cache and one enqueues a job. */
export function visit(number: number): Request {
  const user = number;
  const kind = number % 10;
  if (kind < 6) return { user, path: '/posts' };
  if (kind < 8) return { user, method: 'POST', path: `/posts?title=post-${number}` };
  if (kind === 8) return { user, path: `/cached?key=page-${number % 7}` };
  return { user, method: 'POST', path: `/jobs?name=visit-${number}&count=1` };
}

/** So many a second, whether the ones before were answered or not, as users do who know nothing of each other. */
export async function atRate(
  to: { address: string; port: number },
  rate: number,
  seconds: number,
  ended: () => boolean = () => false,
): Promise<Answer[]> {
  const began = performance.now();
  const answers: Promise<Answer>[] = [];
  for (let number = 0; number < rate * seconds && !ended(); number += 1) {
    const due = (number * 1000) / rate;
    const early = due - (performance.now() - began);
    if (early > 0) await sleep(early);
    const at = performance.now() - began;
    answers.push(send(to, visit(number)).then((answer) => ({ ...answer, at })));
  }
  return Promise.all(answers);
}

/** So many users at once, each of whom asks again as soon as it is answered. */
export async function atOnce(
  to: { address: string; port: number },
  users: number,
  seconds: number,
): Promise<Answer[]> {
  const began = performance.now();
  const answers: Answer[] = [];
  const use = async (user: number) => {
    for (let turn = 0; performance.now() - began < seconds * 1000; turn += 1) {
      const at = performance.now() - began;
      answers.push({ ...(await send(to, { ...visit(user + turn), user })), at });
    }
  };
  await Promise.all(Array.from({ length: users }, (_, user) => use(user)));
  return answers;
}

/** Those that a user would call an error. */
export function failures(answers: readonly Answer[]): Answer[] {
  return answers.filter(({ status }) => status === 0 || status >= 400);
}

/** What some of them said, for a message. */
export function describe(answers: readonly Answer[]): string[] {
  const kinds = new Map<string, number>();
  for (const { method, status, path, body } of answers) {
    const kind = `${status} ${method} ${path.split('?')[0]} ${status === 0 ? body : ''}`.trim();
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  return [...kinds].map(([kind, count]) => `${count} × ${kind}`);
}

/** Milliseconds below which such a share of the answers came. */
export function percentile(answers: readonly Answer[], share: number): number {
  const sorted = answers.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
}
