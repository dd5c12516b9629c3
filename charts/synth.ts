import { outputs } from './app';
import { settings as committed } from './environments';
import { type Changes, publish, render } from './output';
import { loadSettings } from './settings';

/**
 * Settings in, `dist/` and `argocd/` out. Nothing is written unless everything could be rendered.
 *
 * @param root the repository, whose outputs and images are read
 * @param to where the folders are written; the repository itself when absent
 * @throws SettingsError or RenderError with every problem; what a construct throws at a wrong argument
 */
export function synth(root: string, to = root): Changes & { readonly placeholders: boolean } {
  const settings = loadSettings(root, committed);
  const files = render(outputs(settings));
  return { ...publish(to, ['dist', 'argocd'], files), placeholders: settings.placeholders };
}
