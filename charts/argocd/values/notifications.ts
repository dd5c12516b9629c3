import { dump } from 'js-yaml';
import type { Settings } from '../../settings';

/** Of an Application, in the language of Argo CD's triggers. */
const aborted =
  "any(app.status?.resources ?? [], {.kind == 'Rollout' and (.health?.message ?? '') startsWith 'RolloutAborted'})";
const revision = 'app.status?.operationState?.syncResult?.revision';

interface Event {
  readonly when: string;
  /** Tell it once for each value of this; absent: every time it becomes true. */
  readonly oncePer?: string;
  readonly text: string;
  readonly state: 'success' | 'failure';
}

const events: Record<string, Event> = {
  deployed: {
    when:
      "app.status?.operationState?.phase == 'Succeeded' and app.status?.health?.status == 'Healthy' " +
      "and app.status?.sync?.status == 'Synced'",
    oncePer: revision,
    text: 'is deployed',
    state: 'success',
  },
  degraded: {
    when: `app.status?.health?.status == 'Degraded' and not ${aborted}`,
    text: 'is degraded',
    state: 'failure',
  },
  aborted: {
    when: aborted,
    text: 'was aborted: the version before serves',
    state: 'failure',
  },
};

/** Tells GitHub, Datadog and the team's channel what becomes of the Applications with the label `notify=true`. */
export function notifications({ cluster }: Settings) {
  const { datadog, delivery } = cluster;
  return {
    // Made from Secrets Manager by our own chart, under the name that the chart looks for.
    secret: { create: false },
    notifiers: {
      'service.github': dump({
        appID: '$github-app-id',
        installationID: '$github-installation-id',
        privateKey: '$github-private-key',
      }),
      'service.slack': dump({ token: '$slack-token' }),
      'service.webhook.datadog': dump({
        url: `https://api.${datadog.site}/api/v1/events`,
        headers: [
          { name: 'Content-Type', value: 'application/json' },
          { name: 'DD-API-KEY', value: '$datadog-api-key' },
        ],
      }),
    },
    triggers: each((name, { when, oncePer }) => ({
      [`trigger.on-${name}`]: dump([{ when, ...(oncePer && { oncePer }), send: [name] }], { lineWidth: -1 }),
    })),
    templates: each((name, event) => ({ [`template.${name}`]: dump(template(name, event), { lineWidth: -1 }) })),
    subscriptions: [
      {
        recipients: ['github', 'datadog', `slack:${delivery.channel}`],
        selector: 'notify=true',
        triggers: Object.keys(events).map((name) => `on-${name}`),
      },
    ],
  };
}

/** Names are of the DNS alphabet and the revision is hexadecimal, so nothing in the JSON needs escaping. */
function template(name: string, { text, state }: Event) {
  const title = `{{.app.metadata.name}} ${text}`;
  const link = '{{.context.argocdUrl}}/applications/{{.app.metadata.name}}';
  const commit = '{{.app.status.operationState.syncResult.revision}}';
  return {
    message: title,
    // The commit that was synced; `sync.revision` is the newest of the branch, for every Application.
    github: {
      repoURLPath: '{{.app.spec.source.repoURL}}',
      revisionPath: commit,
      status: { state, label: 'argocd/{{.app.metadata.name}}', targetURL: link },
    },
    slack: {
      attachments: JSON.stringify([
        {
          title,
          title_link: link,
          color: state === 'success' ? 'good' : 'danger',
          fields: [{ title: 'Commit', value: commit, short: true }],
        },
      ]),
    },
    webhook: {
      datadog: {
        method: 'POST',
        body: JSON.stringify({
          title,
          text: `${link} at ${commit}`,
          alert_type: state === 'success' ? 'success' : 'error',
          aggregation_key: '{{.app.metadata.name}}',
          tags: [
            'env:{{.app.metadata.labels.environment}}',
            'application:{{.app.metadata.name}}',
            `deployment:${name}`,
          ],
        }),
      },
    },
  };
}

function each(render: (name: string, event: Event) => Record<string, string>): Record<string, string> {
  return Object.assign({}, ...Object.entries(events).map(([name, event]) => render(name, event)));
}
