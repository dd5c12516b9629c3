import { chartFolders } from './app';
import { settings as committed } from './environments';
import { type Before, type Changes, publish, render } from './output';
import { type Given, loadSettings, notYet, type Settings } from './settings';
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
 * @param root the repository, whose outputs and images are read
 * @param to the repository itself when absent
 * @param before is given what the files held that change
 * @throws SettingsError or RenderError with every problem; what a construct throws at a wrong argument
 */
export function synth(
  root: string,
  to: SynthTarget = { folder: root },
  given: Given = {},
  before: Before = new Map(),
): Changes & Pick<Settings, 'placeholders' | 'awaited'> & { readonly notYet: readonly string[] } {
  const settings = loadSettings(root, committed, given);
  const files = render(chartFolders(settings));
  const { files: beside = {}, ...stacks } = given;
  for (const [stack, text] of Object.entries(stacks)) files.set(outputsFile(stack as Stack), text);
  for (const [path, text] of Object.entries(beside)) files.set(path, text);
  const changes = to.manifestsOnly
    ? publish(to.folder, [], manifests(files), before)
    : publish(to.folder, ['dist', 'argocd'], files, before);
  return {
    ...changes,
    placeholders: settings.placeholders,
    awaited: settings.awaited,
    notYet: notYet(settings),
  };
}

function manifests(files: ReadonlyMap<string, string>): Map<string, string> {
  const inDist = [...files].filter(([path]) => path.startsWith('dist/'));
  return new Map(inDist.map(([path, text]) => [path.slice('dist/'.length), text]));
}
