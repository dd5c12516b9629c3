import { judging } from '../../../review/diff/judging';
import type { Promotion } from '../../../review/diff/promotion';
import { sentence } from '../../../review/report/escape';
import { marks } from '../../../review/report/markdown';
import { table } from '../../../review/report/markdown-table';
import { files, settings } from '../../support/manifests';
import { promotion } from '../../support/promotion';
import { root } from '../../support/root';
import { between, reviewOf } from './fixtures';

type Edit = (text: string) => string | undefined;

/** A change as people make it: files that are edited, made (of nothing) or removed (to nothing). */
interface RealChange {
  readonly what: string;
  readonly edits?: Readonly<Record<string, Edit>>;
  /** Folders of which nothing is left. */
  readonly gone?: readonly string[];
  readonly others?: readonly string[];
  readonly promotion?: Promotion;
}

const web = 'dist/production/web';
const rollout = `${web}/Rollout.e-ren-rollout.yaml`;
const sidekiq = 'dist/production/sidekiq/Deployment.eren-sidekiq.yaml';
const swap =
  (from: string | RegExp, to: string): Edit =>
  (text) =>
    text.replace(from, to);
const gone: Edit = () => undefined;

/** One image for another, wherever its tag stands. */
const promoted: Edit = (text) =>
  text
    .replaceAll(/(\/e-ren:)[\w-]+@sha256:[0-9a-f]{64}/g, `$19b1e07a-129@sha256:${'b'.repeat(64)}`)
    .replaceAll(tagIn(files.get(rollout) ?? ''), '9b1e07a-129');
const tagIn = (text: string) => /\/e-ren:([\w-]+)@/.exec(text)?.[1] ?? 'no image';

const stack = 'terraform-bridge/stacks/production/cdk.tf.json';
const database = (changed: object) => (text: string) =>
  JSON.stringify({
    resource: {
      aws_db_instance: {
        database: {
          identifier: 'eren-production',
          db_name: 'eren',
          instance_class: 'db.t3.micro',
          backup_retention_period: 7,
          deletion_protection: true,
          ...(text === '' ? {} : changed),
        },
      },
    },
  });

/** The changes of docs/changes.md, in its order. */
export const realChanges: readonly RealChange[] = [
  {
    what: 'an image is promoted to production',
    edits: Object.fromEntries(
      [
        rollout,
        'dist/production/assets/Job.eren-assets.yaml',
        'dist/production/assets/ConfigMap.eren-assets.yaml',
      ].map((file) => [file, promoted]),
    ),
    promotion,
  },
  {
    what: 'a variable of the web pods changes',
    edits: { [rollout]: swap(/(name: RAILS_LOG_TO_STDOUT\n\s+value: )'1'/, "$1'0'") },
  },
  { what: 'the web pods ask for more memory', edits: { [rollout]: swap(/memory: 896Mi/g, 'memory: 1200Mi') } },
  {
    what: 'the autoscaler may make more pods',
    edits: { [`${web}/HorizontalPodAutoscaler.e-ren-rollout.yaml`]: swap('maxReplicas: 6', 'maxReplicas: 9') },
  },
  { what: 'a step of the canary is shorter', edits: { [rollout]: swap('duration: 5m', 'duration: 10s') } },
  {
    what: 'the canary takes ten times the errors',
    edits: { [`${web}/AnalysisTemplate.sentry-error-rate.yaml`]: swap('errored <= 0.05', 'errored <= 0.5') },
  },
  {
    what: 'the readiness probe is removed from Sidekiq',
    edits: { [sidekiq]: swap(/ {10}readinessProbe:\n(?: {12}.*\n)+/, '') },
  },
  {
    what: 'the pods have less time to drain',
    edits: { [rollout]: swap(/(preStop:\n\s+sleep:\n\s+seconds: )25/, '$12') },
  },
  {
    what: 'a container becomes privileged',
    edits: { [sidekiq]: swap('privileged: false', 'privileged: true') },
  },
  {
    what: 'a port of a Service changes',
    edits: { [`${web}/Service.eren-service.yaml`]: swap(/port: 3000/, 'port: 3001') },
  },
  {
    what: 'a Service gets a port on every node',
    edits: { [`${web}/Service.eren-service.yaml`]: swap('type: ClusterIP', 'type: NodePort') },
  },
  {
    what: 'a NetworkPolicy lets everybody in',
    edits: {
      [`${web}/NetworkPolicy.eren-web.yaml`]: swap(/^ {2}ingress:\n(?: {4}.*\n)+/m, '  ingress:\n    - {}\n'),
    },
  },
  {
    what: 'the default deny is removed',
    edits: { 'dist/production/namespace/NetworkPolicy.default-deny.yaml': gone },
  },
  {
    what: 'the quota holds four pods',
    edits: { 'dist/production/namespace/ResourceQuota.environment.yaml': swap(/pods: '\d+'/, "pods: '4'") },
  },
  { what: 'the disruption budget is removed', edits: { [`${web}/PodDisruptionBudget.e-ren-rollout.yaml`]: gone } },
  { what: 'a secret is no longer fetched', edits: { [`${web}/ExternalSecret.eren-web.yaml`]: gone } },
  {
    what: 'a scheduled job is new',
    edits: {
      'dist/production/scheduled/CronJob.eren-invoices.yaml': () =>
        (files.get('dist/production/scheduled/CronJob.eren-event-reminders.yaml') ?? '')
          .replaceAll('eren-event-reminders', 'eren-invoices')
          .replaceAll('events:enqueue_reminders', 'invoices:enqueue'),
    },
  },
  {
    what: 'a scheduled job runs at another time',
    edits: {
      'dist/production/scheduled/CronJob.eren-event-reminders.yaml': swap(
        /schedule: .*/,
        "schedule: '30 * * * *'",
      ),
    },
  },
  {
    what: 'the monitor of missing agents tolerates ten times as much',
    edits: {
      'dist/cluster/monitors/DatadogGenericResource.agent-silent.yaml': swap('"critical": 5', '"critical": 50'),
    },
  },
  {
    what: 'a dashboard has another title',
    edits: {
      'dist/cluster/monitors/DatadogGenericResource.dashboard-database.yaml': swap(
        'PostgreSQL, the pools before it, and Redis.',
        'PostgreSQL and Redis.',
      ),
    },
  },
  {
    what: 'an add-on’s chart is newer',
    edits: {
      'argocd/add-ons/Application.argo-rollouts.yaml': swap(/targetRevision: .*/, 'targetRevision: 2.42.0'),
    },
  },
  {
    what: 'staging’s Redis is removed',
    gone: ['dist/staging/redis/'],
    edits: { 'argocd/applications/Application.staging-redis.yaml': gone },
  },
  {
    what: 'the claim of staging’s database is removed, with its guard before',
    edits: { 'dist/staging/postgres/PersistentVolumeClaim.postgres-data.yaml': gone },
  },
  { what: 'Terraform: the database gets another name', edits: { [stack]: database({ db_name: 'events' }) } },
  { what: 'Terraform: backups are kept for a day', edits: { [stack]: database({ backup_retention_period: 1 }) } },
  { what: 'Terraform: deletion protection is off', edits: { [stack]: database({ deletion_protection: false }) } },
  {
    what: 'a workflow and the packages change',
    others: ['.github/workflows/pull-request.yaml', 'package-lock.json'],
  },
  { what: 'a runbook is edited', others: ['docs/runbooks/migrate.md'] },
];

function saidOfChange({ edits = {}, gone: folders = [], others = [], promotion }: RealChange) {
  const before = new Map(files).set(stack, database({})(''));
  const after = new Map([...before].filter(([file]) => !folders.some((folder) => file.startsWith(folder))));
  for (const [file, edit] of Object.entries(edits)) {
    const made = edit(before.get(file) ?? '');
    if (made === before.get(file)) throw new Error(`${file} is not changed by what should change it`);
    if (made === undefined) after.delete(file);
    else after.set(file, made);
  }
  return reviewOf(between(before, after), {
    judge: judging({ root, before: settings, after: settings, acknowledged: [], today: '2026-11-21' }),
    others,
    ...(promotion && { promotions: [promotion] }),
  }).verdict;
}

/** docs/changes.md, as the review speaks now. */
export function changesPage(): string {
  const rows = realChanges.map((change) => {
    const { level, headline } = saidOfChange(change);
    return [change.what, level === 'none' ? '🟢' : marks[level], sentence(headline)];
  });
  return `# What the review says first

Changes as people make them, each with the first line of \`npm run diff\`: the same in a terminal, in the comment of a pull request, in the annotations and on the page. A test writes this table anew and compares: \`node commands/run.mjs test/review/diff/changes-page.ts\` writes it. 🔴 critical, 🟠 high, 🟡 to read, 🟢 nothing to read.

${table(['Change', '', 'First line'], rows)}

![The page of a promotion](pictures/review.png)
`;
}
