import { setTimeout as sleep } from 'node:timers/promises';
import { say, warn } from './command';
import { git } from './git';
import { askGitHub, repositoryOf } from './github';
import { fetchHead, type PushTarget } from './push';

interface Status {
  readonly context?: string;
  readonly state?: string;
  readonly description?: string;
}

/**
 * Waits until Argo CD has told GitHub that a preview is deployed: by a status of the commit that opened it, or of a later one,
 * because Argo CD syncs the newest that it sees. A failure may heal, so it counts only when the time is over.
 *
 * @returns whether it is healthy; its address is said then, else what was told last
 */
export async function awaitedPreview(pull: string, target: PushTarget, limit: number): Promise<boolean> {
  const { settings } = await import('../charts/environments');
  const { fileOfPreview } = await import('../charts/previews');
  const { delivery, preview } = settings.cluster;
  const { GITHUB_TOKEN: token } = process.env;
  if (!token)
    throw new Error('GITHUB_TOKEN is not set; give one that may read the commit statuses of this repository');
  const statuses = `/repos/${repositoryOf(delivery.repository)}/commits`;
  const end = Date.now() + limit;
  for (let told = ''; ; ) {
    const head = await fetchHead(target);
    const opened = await git('log', '-1', '--format=%H', head, '--', fileOfPreview(pull));
    const file = await git('ls-tree', '--name-only', head, '--', fileOfPreview(pull));
    if (!file) throw new Error(`preview ${pull} is not open at ${target.remote} ${target.branch}; open it first`);
    const later = await git('rev-list', '--max-count=50', `${opened}..${head}`);
    const last = await newest([...later.split('\n').filter(Boolean), opened]);
    if (last?.state === 'success') {
      say(`https://pr-${pull}.${preview?.domain}`);
      return true;
    }
    const now = last ? `${last.state}: ${last.description}` : 'Argo CD has told nothing of it yet';
    if (now !== told) warn(now);
    told = now;
    if (Date.now() >= end) return false;
    await sleep(Math.min(10_000, Math.max(10, end - Date.now())));
  }

  /** The last status of the newest of these commits that has one. */
  async function newest(commits: readonly string[]): Promise<Status | undefined> {
    for (const commit of commits) {
      const all = await askGitHub(`${statuses}/${commit}/statuses?per_page=100`, token as string);
      // GitHub's "List commit statuses for a reference": the newest first.
      const found = (all as readonly Status[]).find(({ context }) => context === `argocd/preview-${pull}`);
      if (found) return found;
    }
    return undefined;
  }
}
