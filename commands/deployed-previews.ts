import { git, gitObjects } from './git';

/** A preview that is open at a commit. */
export interface DeployedPreview {
  readonly number: string;
  readonly tag: string;
  /** Moments in UTC. */
  readonly opened: string;
  readonly pushed: string;
}

/** The previews that are open at a commit, by number. @throws Error with the file that is wrong */
export async function previewsAt(commit: string): Promise<DeployedPreview[]> {
  const { parseImage } = await import('../charts/environments/image');
  const { previewFolder } = await import('../charts/environments/previews');
  const { parsePreview } = await import('../charts/previews');
  const listed = await git('ls-tree', '--name-only', commit, '--', `${previewFolder}/`);
  const files = listed.split('\n').filter((file) => file.endsWith('.json'));
  const texts = await gitObjects(files.map((file) => `${commit}:./${file}`));
  const all = files.map((file, i) => {
    try {
      const { image, opened, pushed } = parsePreview(texts[i] ?? '');
      const number = file.slice(previewFolder.length + 1, -'.json'.length);
      return { number, tag: parseImage(image).tag, opened, pushed };
    } catch (error) {
      throw new Error(`${file}: ${(error as Error).message}`);
    }
  });
  return all.sort((a, b) => Number(a.number) - Number(b.number));
}
