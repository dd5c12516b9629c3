// Synthesizes many apps into a folder and says how many files that were: `bench/run.mjs` measures this as a process.
import { dirname, resolve } from 'node:path';
import { App } from 'cdk8s';
import { chartFolders } from '../charts/app';
import type { ChartFolder } from '../charts/chart-folder';
import { Hardened } from '../charts/constructs/hardened';
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
    const app = new App();
    if (hasImage(site, 'web')) new WebChart(app, 'web', site);
    app.with(new Hardened(priority));
    return { folder: `dist/${name}`, environment: name, app };
  });
}
