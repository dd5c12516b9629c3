import type { Construct } from 'constructs';
import {
  DatadogGenericResource,
  DatadogGenericResourceSpecType as Type,
} from '../../imports/datadog-generic-resource-datadoghq.com';
import { seconds } from '../environments/units';
import type { Settings } from '../settings';

/** What is needed to say who is told, and where it is written what to do. */
export type Voice = Pick<Settings, 'cluster'>;

interface Alert {
  /** Also the name of the object and, where `page` does not say another, of its runbook page. */
  readonly name: string;
  readonly page?: string;
  /** Subject of what people get. */
  readonly title: string;
  /** One sentence: what it means for whom. */
  readonly meaning: string;
  /** Whether critical wakes somebody; otherwise it is for the channel. */
  readonly pages: boolean;
  /** A service of the app: Datadog then shows the alert beside the service. */
  readonly service?: string;
  /** The Application that runs it; a variable of the event where that says which. */
  readonly application?: string;
}

export interface MonitorProps extends Alert {
  readonly type?: 'query alert' | 'event-v2 alert';
  /** Without the comparison: that is `is` and the critical threshold, so that the two places cannot differ. */
  readonly query: string;
  readonly is?: '>' | '<';
  readonly thresholds: { readonly warning?: number; readonly critical: number };
  /** Minutes without data after which that is told as critical is. Absent: no data means nothing is wrong. */
  readonly noDataAfter?: number;
  /** Beyond what every monitor has. */
  readonly options?: Record<string, unknown>;
}

/** A monitor as Datadog's API has it, which the Datadog operator writes there. */
export function monitor(scope: Construct, voice: Voice, props: MonitorProps): void {
  const { type = 'query alert', is = '>', thresholds, noDataAfter } = props;
  datadogResource(scope, props.name, Type.MONITOR, {
    name: props.title,
    type,
    query: `${props.query} ${is} ${thresholds.critical}`,
    message: message(voice, props, {
      warning: thresholds.warning !== undefined,
      noData: noDataAfter !== undefined,
    }),
    tags: tags(voice, props),
    priority: priority(props),
    options: {
      thresholds: { critical: thresholds.critical, warning: thresholds.warning },
      ...(type === 'event-v2 alert'
        ? { on_missing_data: 'default' }
        : {
            notify_no_data: noDataAfter !== undefined,
            no_data_timeframe: noDataAfter,
            require_full_window: false,
          }),
      ...escalation(voice, props),
      include_tags: true,
      ...props.options,
    },
  });
}

export interface CheckMonitorProps extends Alert {
  readonly check: string;
  /** Tags; each combination of their values is told by itself. */
  readonly by: readonly string[];
  /** Results in a row. */
  readonly inARow: number;
  /** Minutes without a result after which that is told. Absent: no result means nothing is wrong. */
  readonly noDataAfter?: number;
}

/** A monitor of a service check: alerts at the first result that makes so many bad ones in a row. */
export function checkMonitor(
  scope: Construct,
  voice: Voice,
  { check, by, inARow, noDataAfter, ...props }: CheckMonitorProps,
): void {
  datadogResource(scope, props.name, Type.MONITOR, {
    name: props.title,
    type: 'service check',
    query: `"${check}".over("*").by(${by.map((tag) => `"${tag}"`).join(',')}).last(${inARow + 1}).count_by_status()`,
    message: message(voice, props, { warning: true, noData: noDataAfter !== undefined }),
    tags: tags(voice, props),
    priority: priority(props),
    options: {
      thresholds: { critical: inARow, warning: inARow, ok: 1 },
      notify_no_data: noDataAfter !== undefined,
      no_data_timeframe: noDataAfter,
      ...escalation(voice, props),
      include_tags: true,
    },
  });
}

export interface OutsideCheckProps extends Alert {
  readonly url: string;
  readonly every: number;
  readonly locations: readonly string[];
}

/** A request from outside the VPC; Datadog makes its monitor of it. */
export function outsideCheck(scope: Construct, voice: Voice, props: OutsideCheckProps): void {
  const { renotify_interval, renotify_occurrences } = escalation(voice, props);
  datadogResource(scope, props.name, Type.SYNTHETICS_UNDERSCORE_API_UNDERSCORE_TEST, {
    name: props.title,
    type: 'api',
    subtype: 'http',
    status: 'live',
    config: {
      request: { method: 'GET', url: props.url, timeout: 30 },
      assertions: [{ type: 'statusCode', operator: 'is', target: 200 }],
    },
    locations: props.locations,
    message: message(voice, props),
    tags: tags(voice, props),
    options: {
      tick_every: props.every,
      min_location_failed: 1,
      min_failure_duration: 0,
      // A lost packet is not an outage.
      retry: { count: 2, interval: 5000 },
      monitor_name: props.title,
      monitor_priority: priority(props),
      monitor_options: { renotify_interval, renotify_occurrences },
    },
  });
}

/**
 * Who is told. A warning is for the channel. Critical pages the first person, and when it is told again, which happens
 * only while it lasts, the second. The end is told to all of them: PagerDuty closes an incident on nothing else, and a
 * page of which only a warning is left ends without another page.
 */
function message({ cluster }: Voice, alert: Alert, also: { warning?: boolean; noData?: boolean } = {}): string {
  const { name, page = name, meaning, pages } = alert;
  const { alerts, delivery } = cluster;
  const channel = `@slack-${delivery.channel}`;
  const [first, second] = [alerts.pagerduty.first, alerts.pagerduty.second].map((who) => `@pagerduty-${who}`);
  const critical = pages
    ? `${channel} {{^is_renotify}}${first}{{/is_renotify}}{{#is_renotify}}${second}{{/is_renotify}}`
    : channel;
  return [
    meaning,
    `What to do: ${delivery.repository.replace(/\.git$/, '')}/blob/${delivery.branch}/docs/runbooks/alerts/${page}.md`,
    ...links(cluster, alert),
    ...(also.warning ? [`{{#is_warning}}${channel}{{/is_warning}}`] : []),
    `{{#is_alert}}${critical}{{/is_alert}}`,
    ...(also.noData ? [`{{#is_no_data}}No data. ${critical}{{/is_no_data}}`] : []),
    `{{#is_recovery}}${[channel, ...(pages ? [first, second] : [])].join(' ')}{{/is_recovery}}`,
  ].join('\n');
}

/**
 * Where to look, as links that need nothing typed: of a service its traces in the minutes around the alert, its releases
 * in Sentry, and its Application. The release that was made last need not be the one that fails: a canary may have ended, so
 * both are listed, by how many use them (Sentry, `ReleasesSortOption.ADOPTION`, which takes one environment). `eval` and `last_triggered_at_epoch`, in milliseconds: Datadog's guide "Template Variable
 * Evaluation". `event.tags`: its page "Variables", of monitors of events.
 */
function links({ alerts, datadog, hosts, sentry }: Voice['cluster'], { service, application }: Alert): string[] {
  // The first site is the only one whose pages have a name of their own.
  const pages = `https://${datadog.site.split('.').length === 2 ? 'app.' : ''}${datadog.site}`;
  const query = (text: string) => encodeURIComponent(text);
  const env = alerts.environment;
  const around =
    '&start={{eval "last_triggered_at_epoch-15*60*1000"}}&end={{eval "last_triggered_at_epoch+5*60*1000"}}';
  const releases = `${sentry.api}/organizations/${sentry.organization}/releases/?project=${sentry.project}&environment=${env}`;
  return [
    `Dashboards: ${pages}/dashboard/lists?q=${query('E-Ren')}`,
    ...(service
      ? [
          `Traces: ${pages}/apm/traces?query=${query(`env:${env} service:${service}`)}${around}`,
          `Releases: ${releases}&statsPeriod=1h&sort=adoption`,
        ]
      : []),
    ...(application ? [`Argo CD: https://${hosts.argocd}/applications/argocd/${application}`] : []),
    `What runs: ./eren status ${env}`,
  ];
}

/** Once: PagerDuty itself goes on calling, and each call is an SMS of its free plan. */
function escalation({ cluster }: Voice, { pages }: Alert) {
  return pages
    ? {
        renotify_interval: seconds(cluster.alerts.pagerduty.escalateAfter) / 60,
        renotify_occurrences: 1,
        renotify_statuses: ['alert', 'no data'],
      }
    : {};
}

/** `pages` is also what the SMS are counted by. */
function tags({ cluster }: Voice, { name, pages, service }: Alert): string[] {
  const unified = service ? [`env:${cluster.alerts.environment}`, `service:${service}`] : [];
  return [`alert:${name}`, `pages:${pages}`, 'team:eren', ...unified];
}

/** 1 is the highest of 5. */
function priority({ pages }: Alert): number {
  return pages ? 2 : 4;
}

/** Keys stay in the order they are written in, so that the same settings are the same bytes. */
export function datadogResource(scope: Construct, name: string, type: Type, spec: object): void {
  new DatadogGenericResource(scope, name, {
    metadata: { name },
    spec: { type, jsonSpec: JSON.stringify(spec, null, 2) },
  });
}
