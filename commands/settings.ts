import type { Settings } from '../charts/settings';
import { readTexts } from '../review/model/tree';
import { manifestsOf, type Stated } from '../systems/system';
import { chosen } from './system';

/**
 * The settings of the chosen system as they are in the tree, with the outputs of Terraform.
 *
 * @throws SettingsError with everything that cannot work
 */
export function committedSettings(root: string): Promise<Stated> {
  return chosen().load(root);
}

/** The same where a command reads more of them than every system states. @throws Error when this one does not state it */
export async function siteSettings(root: string): Promise<Settings> {
  const settings = await committedSettings(root);
  if ('sites' in settings) return settings;
  throw new Error(`--system ${chosen().name}: its settings have nothing that this command is about`);
}

/** Everything in the cluster of the chosen system, path to text. */
export function deliveredTexts(root: string): ReadonlyMap<string, string> {
  const { texts, elsewhere } = textsBeside(root);
  return new Map([...texts, ...elsewhere]);
}

/** The manifests of the chosen system, path to text, and beside them those of the system in whose cluster it lives. */
export function textsBeside(root: string): Readonly<Record<'texts' | 'elsewhere', ReadonlyMap<string, string>>> {
  const { host } = chosen();
  return {
    texts: readTexts(root, manifestsOf(chosen())),
    elsewhere: host ? readTexts(root, manifestsOf(host)) : new Map(),
  };
}
