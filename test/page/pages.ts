import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { settings as committed } from '../../charts/environments';
import { loadSettings } from '../../charts/settings';
import { writeResult } from '../../commands/destination';
import { schemasOf } from '../../review/check/subject';
import { judging } from '../../review/diff/judging';
import type { Promotion } from '../../review/diff/promotion';
import { review } from '../../review/diff/review';
import { sidesOf } from '../../review/diff/sides';
import { readTexts } from '../../review/model/tree';
import { diffPage } from '../../review/page/diff-page';
import { promotion } from '../support/promotion';
import { root } from '../support/root';

// Writes pages of made-up changes of the committed manifests into a folder, for a browser to judge:
// `node commands/run.mjs test/page/pages.ts <folder>`.
const folder = resolve(process.argv[2] ?? 'pages');
const texts = readTexts(root);
const settings = loadSettings(root, committed);

const web = 'dist/production/web';
const odd = '<img src=x onerror=alert(1)>&"\'';

/** Something of every kind that the page draws; of a name and a value that are HTML. */
const changes: Readonly<Record<string, (text: string) => string | undefined>> = {
  [`${web}/HorizontalPodAutoscaler.e-ren-rollout.yaml`]: (text) =>
    text.replace(/maxReplicas: \d+/, 'maxReplicas: 8'),
  [`${web}/Rollout.e-ren-rollout.yaml`]: (text) =>
    text.replace('duration: 5m', 'duration: 10m').replace(/memory: (\d+)Mi/, 'memory: 1900Mi'),
  [`${web}/Ingress.eren-ingress.yaml`]: (text) =>
    text.replace('host: eren.washu.edu', `host: ${JSON.stringify(odd)}`),
  'dist/staging/redis/PersistentVolumeClaim.redis-data.yaml': () => undefined,
  'dist/staging/sidekiq/Deployment.eren-sidekiq.yaml': () => undefined,
  'dist/cluster/jenkins/Service.ui.yaml': () =>
    'apiVersion: v1\nkind: Service\nmetadata:\n  name: ui\n  namespace: ci-cd\nspec:\n  type: LoadBalancer\n  ports:\n    - port: 80\n',
};

/** One image for another, wherever it is named, as a promotion writes it. */
function promoted(): typeof changes {
  const rollout = texts.get(`${web}/Rollout.e-ren-rollout.yaml`) ?? '';
  const [, name = '', tag = '', digest = ''] =
    /image: (\S+\/e-ren):([\w-]+)@(sha256:[0-9a-f]{64})/.exec(rollout) ?? [];
  const edit = (text: string) =>
    text
      .replaceAll(`${name}:${tag}@${digest}`, `${name}:9b1e07a-129@sha256:${'b'.repeat(64)}`)
      .replaceAll(tag, '9b1e07a-129');
  const files = [
    `${web}/Rollout.e-ren-rollout.yaml`,
    'dist/production/assets/Job.eren-assets.yaml',
    'dist/production/assets/ConfigMap.eren-assets.yaml',
  ];
  return Object.fromEntries(files.map((file) => [file, edit]));
}

function pageOf(change: typeof changes, promotions: readonly Promotion[] = []): string {
  const changed = new Map(
    Object.entries(change).map(([file, edit]) => {
      const before = texts.get(file);
      const after = edit(before ?? '');
      if (before === after) throw new Error(`${file} is not changed by what should change it`);
      return [file, { ...(before !== undefined && { before }), ...(after !== undefined && { after }) }] as const;
    }),
  );
  const unchanged = new Map(
    [...texts].filter(([file]) => !changed.has(file)).map(([file, text]) => [file, () => text]),
  );
  const comparison = { changed, unchanged };
  const report = review({
    base: { ref: 'origin/main', commit: '1'.repeat(40) },
    head: { commit: '2'.repeat(40), dirty: false },
    comparison,
    kubernetes: settings.cluster.kubernetes,
    schemas: schemasOf(root),
    acknowledged: [],
    today: '2026-12-01',
    promotions,
    judge: judging({ root, before: settings, after: settings, acknowledged: [], today: '2026-12-01' }),
  });
  const { before, after } = sidesOf(comparison);
  return diffPage(report, { before: { tree: before.tree(), settings }, after: { tree: after.tree(), settings } });
}

writeResult(pageOf(changes), join(folder, 'diff.html'));
writeResult(pageOf(promoted(), [promotion]), join(folder, 'promotion.html'));
writeResult(pageOf({}), join(folder, 'nothing.html'));
// The same input gives the same bytes.
if (pageOf(changes) !== readFileSync(join(folder, 'diff.html'), 'utf8')) throw new Error('a second page differs');
