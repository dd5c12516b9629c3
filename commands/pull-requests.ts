import pc from 'picocolors';
import { say, warn } from './command';
import { askGitHub, repositoryOf } from './github';

/**
 * Those of these pull requests of the app that are closed or merged. Without a token nobody is asked, which is said; what
 * GitHub does not answer is said too, and makes the exit code 1, while the others count.
 */
export async function closedPullRequests(numbers: readonly string[]): Promise<string[]> {
  if (numbers.length === 0) return [];
  const { GITHUB_TOKEN: token } = process.env;
  if (!token) {
    say(pc.yellow('GITHUB_TOKEN is not set: only time decides, and no pull request was asked for'));
    return [];
  }
  const { settings } = await import('../charts/environments');
  const repository = repositoryOf(settings.cluster.jenkins.application);
  const closed: string[] = [];
  for (const number of numbers)
    try {
      const { state } = (await askGitHub(`/repos/${repository}/pulls/${number}`, token)) as { state?: unknown };
      if (state === 'closed') closed.push(number);
      else if (state !== 'open') throw new Error(`its state is ${JSON.stringify(state)}, neither open nor closed`);
    } catch (error) {
      warn(`${pc.red('error')} pull request ${number} of ${repository}: ${(error as Error).message}`);
      process.exitCode = 1;
    }
  return closed;
}
