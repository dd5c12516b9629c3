import pc from 'picocolors';
import program from '../charts/program.json';
import { say, warn } from './command';

/**
 * Those of these pull requests of the app that are closed or merged. Without a token nobody is asked, which is said; what
 * GitHub does not answer is said too, and makes the exit code 1, while the others count.
 */
export async function closedPullRequests(numbers: readonly string[]): Promise<string[]> {
  if (numbers.length === 0) return [];
  const { GITHUB_TOKEN: token, GITHUB_API_URL: api = 'https://api.github.com' } = process.env;
  if (!token) {
    say(pc.yellow('GITHUB_TOKEN is not set: only time decides, and no pull request was asked for'));
    return [];
  }
  const { settings } = await import('../charts/environments');
  const repository = new URL(settings.cluster.jenkins.application).pathname.replace(/^\/|\.git$/g, '');
  const closed: string[] = [];
  for (const number of numbers)
    try {
      const { state } = await ask(`${api}/repos/${repository}/pulls/${number}`, token);
      if (state === 'closed') closed.push(number);
      else if (state !== 'open') throw new Error(`its state is ${JSON.stringify(state)}, neither open nor closed`);
    } catch (error) {
      warn(`${pc.red('error')} pull request ${number} of ${repository}: ${(error as Error).message}`);
      process.exitCode = 1;
    }
  return closed;
}

async function ask(url: string, token: string): Promise<{ readonly state?: unknown }> {
  const answer = await fetch(url, {
    headers: {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${token}`,
      'user-agent': `${program.name}-delivery`,
      'x-github-api-version': '2022-11-28',
    },
    signal: AbortSignal.timeout(30_000),
  }).catch((error) => {
    throw new Error(error.cause?.message ?? error.message);
  });
  if (!answer.ok) throw new Error(`GitHub answered ${answer.status}`);
  return (await answer.json()) as { state?: unknown };
}
