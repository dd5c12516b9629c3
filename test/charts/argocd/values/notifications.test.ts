import { load } from 'js-yaml';
import { notifications } from '../../../../charts/argocd/values/notifications';
import { manifests, ofKind, one, settings } from '../../../support/manifests';

const { triggers, templates, subscriptions } = notifications(settings);
const all = Object.entries(templates).map(([key, text]) => ({
  name: key.replace('template.', ''),
  template: load(text) as any,
}));
const applications = [...ofKind('Application'), ...manifests.filter(({ kind }) => kind === 'Application')];

/** What is left of a template when an Application has been put in: names, and a cause that has to be escaped. */
const filled = (text: string) =>
  text.replace(/\{\{[^}]*\| toJson\}\}/g, '"a \\"cause\\""').replace(/\{\{[^}]*\}\}/g, 'x'.repeat(24));

test('every trigger sends a template that there is, to somebody', () => {
  const sent = Object.entries(triggers).flatMap(([key, text]) =>
    (load(text) as any[]).map(({ send }) => [key.replace('trigger.', ''), send[0]]),
  );
  expect(sent.map(([, template]) => template).sort()).toEqual(all.map(({ name }) => name).sort());
  const told = new Set(subscriptions.flatMap(({ triggers }) => triggers));
  expect(sent.filter(([trigger]) => !told.has(trigger as string))).toEqual([]);
});

test.each(all)('$name is JSON to Slack and to Datadog, and short enough for GitHub', ({ name, template }) => {
  const [attachment] = JSON.parse(filled(template.slack.attachments));
  const event = JSON.parse(filled(template.webhook.datadog.body));
  expect(attachment.title).toBe(event.title);
  expect(event.tags).toContain(`deployment:${name}`);
  // The cause may be cut off, what to do may not: it is before it.
  const [said = ''] = template.message.split(': {{');
  expect(filled(said).length).toBeLessThanOrEqual(140);
  expect(attachment.fields.every(({ value }: any) => typeof value === 'string')).toBe(true);
});

test('every Application is told of, at least when a sync of it fails or does not end', () => {
  expect(applications.length).toBeGreaterThan(20);
  const deaf = applications.filter(({ metadata }) => {
    const triggers = subscriptions
      .filter(({ selector }) => selector === `notify=${metadata.labels?.notify}`)
      .flatMap(({ triggers }) => triggers);
    return !['on-sync-failed', 'on-sync-slow', 'on-degraded'].every((trigger) => triggers.includes(trigger));
  });
  expect(deaf.map(({ path }) => path)).toEqual([]);
});

test('a sync may take as long as the longest Job that it waits for, and some minutes more', () => {
  const minutes = Object.fromEntries(
    applications.map(({ metadata }) => [
      metadata.name,
      Number(metadata.annotations?.['delivery.eren.washu.edu/sync-minutes']),
    ]),
  );
  const hooks = ofKind('Job').filter(({ metadata }) => metadata.annotations?.['argocd.argoproj.io/hook']);
  expect(hooks.length).toBeGreaterThan(2);
  for (const { path, spec } of hooks) {
    const [, environment, chart] = path.split('/');
    expect(minutes[`${environment}-${chart}`]).toBeGreaterThan(spec.activeDeadlineSeconds / 60);
  }
  expect(Object.entries(minutes).filter(([, each]) => !(each > 0))).toEqual([]);
});

test("pauses arrive at Datadog: the agent of the node may ask Argo Rollouts' controller, and is told to", () => {
  const { spec } = manifests.find(({ path }) => path === 'argocd/add-ons/Application.argo-rollouts.yaml') ?? {};
  const { podAnnotations } = spec.source.helm.valuesObject.controller;
  // The name is that of the chart's container, and the port its default.
  const { argo_rollouts } = JSON.parse(podAnnotations['ad.datadoghq.com/argo-rollouts.checks']);
  expect(argo_rollouts.instances).toEqual([{ openmetrics_endpoint: 'http://%%host%%:8090/metrics' }]);
  const { egress } = one('cluster', 'NetworkPolicy', 'datadog-agent').spec;
  expect(egress).toContainEqual({
    to: [
      {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'argo-rollouts' } },
        podSelector: { matchLabels: { 'app.kubernetes.io/name': 'argo-rollouts' } },
      },
    ],
    ports: [{ port: 8090, protocol: 'TCP' }],
  });
});
