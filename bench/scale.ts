// Synthesizes many apps into a folder and says how many files that were: `bench/run.mjs` measures this as a process.
import { dirname, resolve } from 'node:path';
import { chartFolders } from '../charts/app';
import type { ChartFolder } from '../charts/chart-folder';
import { hardened } from '../charts/constructs/hardened';
import { systemApp } from '../charts/constructs/system';
import { settings as committed } from '../charts/environments';
import { publish, render } from '../charts/output';
import { hasImage, loadSettings, type Settings } from '../charts/settings';
import { WebChart } from '../charts/web';
import { manySites } from './many-sites';

const [kind, count, folder] = process.argv.slice(2) as ['apps' | 'environments', string, string];
const settings = manySites(loadSettings(dirname(__dirname), committed), Number(count));
const files = render(kind === 'apps' ? apps(settings) : chartFolders(settings));
console.log(publish(resolve(folder), ['dist', 'argocd'], files).total);

/** Only the web chart of every site, hardened as `charts/app.ts` does it. */
function apps({ sites }: Settings): ChartFolder[] {
  return sites.map((site) => {
    const { name, priority } = site.environment;
    const app = systemApp(site.cluster.system);
    if (hasImage(site, 'web')) new WebChart(app, 'web', site);
    return { folder: `dist/${name}`, environment: name, app, policies: [hardened(() => priority)] };
  });
}
