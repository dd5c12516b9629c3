import { manifestsOf, type System } from '../systems/system';
import { type Before, type Changes, publish, RenderError, render } from './output';
import { type Given, notYet, type Settings } from './settings';
import type { Stack } from './terraform-outputs/declared';
import { outputsFile } from './terraform-outputs/load';

/** Where the files go. */
export interface SynthTarget {
  readonly folder: string;
  /** What is in `dist/` is written into the folder itself, and `argocd/` is not written. */
  readonly manifestsOnly?: boolean;
}

/**
 * Settings in, `dist/` and `argocd/` out. Nothing is written unless everything could be rendered.
 *
 * @param system whose
 * @param root the repository, whose outputs and images are read
 * @param to the repository itself when absent
 * @param before is given what the files held that change
 * @throws SettingsError or RenderError with every problem; what a construct throws at a wrong argument
 */
export async function synth(
  system: System,
  root: string,
  to: SynthTarget = { folder: root },
  given: Given = {},
  before: Before = new Map(),
): Promise<Changes & Pick<Settings, 'placeholders' | 'awaited'> & { readonly notYet: readonly string[] }> {
  if (!system.charts) throw new RenderError([`${system.name}: has no charts; its stacks are npm run terraform's`]);
  const [settings, charts] = await Promise.all([system.load(root, given), system.charts()]);
  const files = render(charts.chartFolders(settings));
  const { files: beside = {}, ...stacks } = given;
  for (const [stack, text] of Object.entries(stacks)) files.set(outputsFile(stack as Stack), text);
  for (const [path, text] of Object.entries(beside)) files.set(path, text);
  const changes = to.manifestsOnly
    ? publish(to.folder, [], manifests(files, system), before)
    : publish(to.folder, manifestsOf(system), files, before);
  return {
    ...changes,
    placeholders: 'placeholders' in settings && settings.placeholders,
    awaited: settings.awaited,
    notYet: 'sites' in settings ? notYet(settings) : [],
  };
}

function manifests(files: ReadonlyMap<string, string>, { folder }: System): Map<string, string> {
  const dist = `${folder}dist/`;
  const inDist = [...files].filter(([path]) => path.startsWith(dist));
  return new Map(inDist.map(([path, text]) => [path.slice(dist.length), text]));
}
