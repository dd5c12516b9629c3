import { loadSettings, SettingsError } from '../../charts/settings';
import { frozen } from './frozen';
import { root } from './root';

/** What loading says of settings that somebody got wrong; nothing when they are fine. */
export function problemsOf(change: (settings: any) => void, where = root): readonly string[] {
  const settings = structuredClone(frozen) as any;
  change(settings);
  try {
    loadSettings(where, settings);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
}
