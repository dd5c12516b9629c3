import { preview } from '../../charts/environments/preview';
import { frozen } from './frozen';

export const previewImage = `000000000000.dkr.ecr.us-east-1.amazonaws.com/e-ren:4f2c9de-128@sha256:${'c'.repeat(64)}`;

/** The frozen settings with previews. */
export function withPreviews(change: (settings: any) => void = () => {}): any {
  const settings = structuredClone(frozen) as any;
  addPreviews(settings);
  change(settings);
  return settings;
}

/** What settings need to have previews. */
export function addPreviews({ cluster }: any): void {
  cluster.preview = structuredClone(preview);
  cluster.priorities.preview = -2;
  cluster.aws.repositories[preview.repository] = { keep: 50, mutable: false };
}

/** The file of a preview, as `open` writes it. */
export function filesOf(...numbers: (number | string)[]): Record<string, string> {
  const text = JSON.stringify({
    image: previewImage,
    opened: '2026-11-30T08:00:00Z',
    pushed: '2026-11-30T08:00:00Z',
  });
  return Object.fromEntries(numbers.map((number) => [`charts/environments/previews/${number}.json`, text]));
}
