import { join } from 'node:path';
import { siteSettings } from './settings';

/** A preview that is open, and since when. */
export interface Open {
  readonly number: string;
  readonly tag: string;
  /** Moments in UTC. */
  readonly opened: string;
  readonly pushed: string;
}

/**
 * The previews of a clone, the oldest first.
 *
 * @returns with how many there may be, and for how many seconds each
 * @throws Error where the settings have none, or a file is wrong
 */
export async function openOnes(root: string) {
  const { settings } = await import('../charts/environments');
  const { fileOfPreview, openPreviews, parsePreview } = await import('../charts/previews');
  const { parseImage } = await import('../charts/environments/image');
  const { textIfThere } = await import('../charts/files');
  const { seconds } = await import('../charts/environments/units');
  const { preview } = settings.cluster;
  if (!preview)
    throw new Error('charts/environments/cluster.ts has no preview, so no pull request may have one; add it');
  const all: Open[] = openPreviews(root).map((number) => {
    const file = fileOfPreview(number);
    try {
      const { image, opened, pushed } = parsePreview(textIfThere(join(root, file)) ?? '');
      return { number, tag: parseImage(image).tag, opened, pushed };
    } catch (error) {
      throw new Error(`${file}: ${(error as Error).message}`);
    }
  });
  all.sort((a, b) => (a.opened < b.opened ? -1 : a.opened > b.opened ? 1 : 0));
  return { all, most: preview.most, timeToLive: seconds(preview.timeToLive), domain: preview.domain };
}

/** What `list` prints. */
export async function printedPreviews(root: string): Promise<string> {
  const { all, most, timeToLive, domain } = await openOnes(root);
  const { cluster } = await siteSettings(root);
  const pulls = cluster.jenkins.application.replace(/\.git$/, '/pull/');
  if (all.length === 0) return `none is open, of ${most}`;
  const rows = all.map(({ number, tag, opened, pushed }) => {
    const left = Date.parse(pushed) + 1000 * timeToLive - Date.now();
    const ends = left > 0 ? `ends in ${said(left)}` : 'is over, and the next sweep closes it';
    return [`${pulls}${number}`, tag, `open for ${ageOf(opened)}`, ends, `https://pr-${number}.${domain}`];
  });
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0))) ?? [];
  const lines = rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [...lines, `${all.length} of ${most}`].join('\n');
}

/** How long ago a moment was, in its largest unit. */
export function ageOf(moment: string): string {
  return said(Date.now() - Date.parse(moment));
}

/** @param length milliseconds */
function said(length: number): string {
  const minutes = Math.max(0, Math.floor(length / 60_000));
  const [count, unit] =
    minutes < 60
      ? [minutes, 'minute']
      : minutes < 48 * 60
        ? [Math.floor(minutes / 60), 'hour']
        : [Math.floor(minutes / 1440), 'day'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
