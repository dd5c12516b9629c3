import { load } from 'js-yaml';
import { chartFolders } from '../../charts/app';
import { render } from '../../charts/output';
import { loadSettings } from '../../charts/settings';
import { frozen } from './frozen';
import type { Manifest } from './manifests';
import { root } from './root';

/** What synth would write if a person changed the settings; nothing is written. */
export function manifestsWith(change: (settings: any) => void): Manifest[] {
  const settings = structuredClone(frozen) as any;
  change(settings);
  return [...render(chartFolders(loadSettings(root, settings)))].map(([path, text]) => ({
    ...(load(text) as Manifest),
    path,
  }));
}
