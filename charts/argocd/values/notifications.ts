import { dump } from 'js-yaml';
import type { Cluster } from '../../environments/environment';
import type { Settings } from '../../settings';
import { syncMinutes } from '../application-spec';

/** Whether something holds for a Rollout of an Application, in the language of Argo CD's triggers. */
const anyRollout = (holds: string) => `any(app.status?.resources ?? [], {.kind == 'Rollout' and ${holds}})`;
const aborted = anyRollout("(.health?.message ?? '') startsWith 'RolloutAborted'");
const operation = 'app.status?.operationState';
const revision = `${operation}?.syncResult?.revision`;

interface Event {
  readonly when: string | ((cluster: Cluster) => string);
  /** Tell it once for each value of this; absent: every time it becomes true. */
  readonly oncePer?: string;
  /** GitHub shows 140 characters of it, with the Application's name before. */
  readonly text: string;
  readonly state: 'success' | 'pending' | 'failure';
  /** Where in the Application it is written why, in the language of Go's templates. */
  readonly why?: string;
  /** The page that says what to do. */
  readonly page?: string;
}

const events: Record<string, Event> = {
  deployed: {
    when:
      `${operation}?.phase == 'Succeeded' and app.status?.health?.status == 'Healthy' ` +
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
    page: 'alerts/canary-aborted',
  },
  paused: {
    // The pauses of a canary's own steps end by themselves. What a Rollout says when it is paused is its reason:
    // CalculateRolloutPhase of Argo Rollouts 1.9.1, utils/rollout/rolloututil.go.
    when: anyRollout(".health?.status == 'Suspended' and .health?.message != 'CanaryPauseStep'"),
    text: 'is paused and waits for a person: in Argo CD Resume, and only then Abort or Promote-Full',
    state: 'pending',
    page: 'alerts/canary-paused',
  },
  'sync-failed': {
    // While Argo CD tries again, which it does for an hour, the operation is Running: processRequestedAppOperation of
    // Argo CD 3.5.1, controller/appcontroller.go. The third attempt comes after 70 s.
    when: `${operation}?.phase in ['Failed', 'Error'] or (${operation}?.phase == 'Running' and (${operation}?.retryCount ?? 0) >= 3)`,
    text: 'could not be synced',
    state: 'failure',
    why: '.app.status.operationState.message',
    page: 'sync',
  },
  'sync-slow': {
    when: (cluster) =>
      `${operation}?.phase == 'Running' and time.Now().Sub(time.Parse(${operation}.startedAt)).Minutes() > ` +
      `int(app.metadata.annotations['${syncMinutes(cluster)}'])`,
    oncePer: `${operation}.startedAt`,
    text: 'is still syncing, for longer than it should take',
    state: 'pending',
    why: '.app.status.operationState.message',
    page: 'sync',
  },
};

/** What is told of everything: of an add-on, whose revision is not a commit of ours, nothing else. */
const trouble = ['degraded', 'sync-failed', 'sync-slow'];

/**
 * Tells GitHub, Datadog and the team's channel what becomes of the Applications with the label `notify=all`, and of those
 * with `notify=trouble` what goes wrong. Of those with `notify=commit` GitHub alone is told, where
 * whoever waits for a preview reads it.
 */
export function notifications({ cluster }: Settings) {
  const { datadog, delivery } = cluster;
  const told = ['datadog', `slack:${delivery.channel}`];
  const triggers = (of: readonly string[]) => of.map((name) => `on-${name}`);
  const pages = `${delivery.repository.replace(/\.git$/, '')}/blob/${delivery.branch}/docs/runbooks`;
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
      [`trigger.on-${name}`]: dump(
        [{ when: typeof when === 'string' ? when : when(cluster), ...(oncePer && { oncePer }), send: [name] }],
        { lineWidth: -1 },
      ),
    })),
    templates: each((name, event) => ({
      [`template.${name}`]: dump(template(name, event, pages), { lineWidth: -1 }),
    })),
    subscriptions: [
      { recipients: ['github', ...told], selector: 'notify=all', triggers: triggers(Object.keys(events)) },
      { recipients: told, selector: 'notify=trouble', triggers: triggers(trouble) },
      ...(cluster.preview
        ? [{ recipients: ['github'], selector: 'notify=commit', triggers: triggers(['deployed', ...trouble]) }]
        : []),
    ],
  };
}

/**
 * Names are of the DNS alphabet and the revision is hexadecimal, so only the cause needs escaping in the JSON, and
 * `toJson` brings its own quotes.
 */
function template(name: string, { text, state, why, page }: Event, pages: string) {
  const title = `{{.app.metadata.name}} ${text}`;
  const link = '{{.context.argocdUrl}}/applications/{{.app.metadata.name}}';
  // A sync that is tried again has no result yet, or no more; then it is the newest commit of the branch.
  const newest = 'dig `status` `sync` `revision` `` .app';
  const commit = `{{.app | dig \`status\` \`operationState\` \`syncResult\` \`revision\` \`\` | default (${newest})}}`;
  const escaped = '(cause)';
  const fields = [
    { title: 'Commit', value: commit, short: true },
    ...(why ? [{ title: 'Why', value: escaped }] : []),
    ...(page ? [{ title: 'What to do', value: `${pages}/${page}.md` }] : []),
  ];
  const color = { success: 'good', pending: 'warning', failure: 'danger' }[state];
  const json = (value: unknown) =>
    JSON.stringify(value).replaceAll('(commit)', commit).replaceAll(`"${escaped}"`, `{{${why} | toJson}}`);
  return {
    message: why ? `${title}: {{${why}}}` : title,
    github: {
      repoURLPath: '{{.app.spec.source.repoURL}}',
      // The commit that was synced; `sync.revision` is the newest of the branch, for every Application.
      revisionPath: commit,
      status: { state, label: 'argocd/{{.app.metadata.name}}', targetURL: link },
    },
    slack: { attachments: json([{ title, title_link: link, color, fields }]) },
    webhook: {
      datadog: {
        method: 'POST',
        body: json({
          title,
          text: `${link} at ${commit}`,
          alert_type: { success: 'success', pending: 'warning', failure: 'error' }[state],
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
