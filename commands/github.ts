import program from '../charts/program.json';

/**
 * What GitHub's API answers.
 *
 * @param path from its root, as `/repos/…`
 * @throws Error with its status, or why it could not be asked
 */
export async function askGitHub(path: string, token: string): Promise<unknown> {
  const { GITHUB_API_URL: api = 'https://api.github.com' } = process.env;
  const answer = await fetch(`${api}${path}`, {
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
  return answer.json();
}

/** `owner/name` of a repository by its address. */
export function repositoryOf(address: string): string {
  return new URL(address).pathname.replace(/^\/|\.git$/g, '');
}
