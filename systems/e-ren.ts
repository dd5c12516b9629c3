import type { Settings } from '../charts/settings';
import type { System } from './system';

/** The platform of events: this repository's own folders. */
export const eRen: System<Settings> = {
  name: 'e-ren',
  folder: '',
  basis: async () => {
    const { settings } = await import('../charts/environments');
    return { ...settings, application: settings.cluster.jenkins.application };
  },
  load: async (root, given) => {
    const [{ settings }, { loadSettings }] = await Promise.all([
      import('../charts/environments'),
      import('../charts/settings'),
    ]);
    return loadSettings(root, settings, given);
  },
  charts: () => import('../charts/app'),
};
