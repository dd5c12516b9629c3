import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { notifications } from '../../../charts/argocd/values/notifications';
import { ofKind, settings } from '../../support/manifests';
import { root } from '../../support/root';
import { alerting, pages } from './resources';

const { alerts, delivery, hosts } = settings.cluster;

describe('the links of a message', () => {
  const lines = (name: string) =>
    alerting.flatMap(({ name: each, json }) => (each === name ? (json.message as string).split('\n') : []));
  const links = (name: string) =>
    Object.fromEntries(
      lines(name).flatMap((line) =>
        /^([\w ]+): (https?:.*)$/.exec(line)?.slice(1, 3) ? [[RegExp.$1, RegExp.$2]] : [],
      ),
    );

  test('of every page that a message links begins with the way to the cluster', () => {
    const folder = join(root, 'docs/runbooks/alerts');
    const without = readdirSync(folder).filter(
      (file) =>
        !readFileSync(join(folder, file), 'utf8')
          .split('\n')[4]
          ?.startsWith('**Reach the cluster:** `./eren tunnel`'),
    );
    expect(without).toEqual([]);
  });

  test('of an alert of web lead to its page, dashboards, traces around it, releases and Application', () => {
    const found = links('error-rate');
    expect(Object.keys(found)).toEqual(['What to do', 'Dashboards', 'Traces', 'Releases', 'Argo CD']);
    const traces =
      found.Traces?.replaceAll(/\{\{eval "last_triggered_at_epoch([+-])(\d+)\*60\*1000"\}\}/g, '$1$2') ?? '';
    const { searchParams } = new URL(traces.replace('+', '%2B'));
    expect(Object.fromEntries(searchParams)).toEqual({
      query: `env:${alerts.environment} service:eren-web`,
      start: '-15',
      end: '+5',
    });
    const sentry = new URL(found.Releases ?? '');
    expect(sentry.pathname).toMatch(/\/releases\/$/);
    expect(sentry.searchParams.getAll('environment')).toEqual([alerts.environment]);
    expect(JSON.stringify(alerting)).not.toMatch(/latest\b/);
    expect(found['Argo CD']).toBe(`https://${hosts.argocd}/applications/argocd/production-web`);
  });

  test('are addresses that a browser takes, of Applications that there are', () => {
    const applications = ofKind('Application').map(({ metadata }) => metadata.name);
    for (const { name } of alerting)
      for (const [what, link] of Object.entries(links(name))) {
        expect(() => new URL(link.replaceAll(/\{\{[^}]*\}\}/g, '1'))).not.toThrow();
        const application = /applications\/argocd\/(.*)/.exec(link)?.[1];
        if (what === 'Argo CD' && !application?.startsWith('{{')) expect(applications).toContain(application);
      }
  });

  test('of an event are filled with a tag that the event has', () => {
    const sent = JSON.stringify(notifications(settings));
    expect(links('canary-aborted')['Argo CD']).toMatch(/\/\{\{event\.tags\.application\}\}$/);
    expect(sent).toContain('application:{{.app.metadata.name}}');
  });
});

describe('a runbook', () => {
  const folder = join(root, 'docs/runbooks/alerts');

  test('is linked by every alert, and every page has its alert', () => {
    const base = `${delivery.repository.replace('.git', '')}/blob/${delivery.branch}/docs/runbooks/alerts/`;
    const linked = alerting.map(({ json }) => json.message.split(base)[1]?.split('\n')[0]);
    expect(linked).toEqual(alerting.map(({ name }) => `${name}.md`));
    expect(readdirSync(folder).sort()).toEqual([...linked].sort());
  });

  test('says in the index who is told', () => {
    const index = readFileSync(join(root, 'docs/runbooks/README.md'), 'utf8');
    const rows = [...index.matchAll(/^\| \[[^\]]+\]\(alerts\/([\w-]+)\.md\) \| (page|channel) \|/gm)];
    expect(Object.fromEntries(rows.map(([, name, who]) => [name, who]))).toEqual(
      Object.fromEntries(alerting.map(({ name, json }) => [name, pages(json) ? 'page' : 'channel'])),
    );
  });

  test('leads only to files that exist', () => {
    const pagesOf = readdirSync(folder).map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') }));
    const broken = pagesOf.flatMap(({ file, text }) =>
      [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)]
        .filter(([, path]) => !existsSync(join(folder, path as string)))
        .map(([, path]) => `${file}: ${path}`),
    );
    expect(broken).toEqual([]);
  });
});
