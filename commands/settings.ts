import type { Settings } from '../charts/settings';

/**
 * The settings as they are in the tree, with the outputs of Terraform.
 *
 * @throws SettingsError with everything that cannot work
 */
export async function committedSettings(root: string): Promise<Settings> {
  const [{ settings }, { loadSettings }] = await Promise.all([
    import('../charts/environments'),
    import('../charts/settings'),
  ]);
  return loadSettings(root, settings);
}
