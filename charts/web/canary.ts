import type { Construct } from 'constructs';
import {
  AnalysisTemplateSpecMetricsProviderDatadogAggregator as Aggregator,
  AnalysisTemplate,
  AnalysisTemplateSpecMetricsProviderDatadogApiVersion as ApiVersion,
  AnalysisTemplateSpecMetricsConsecutiveErrorLimit as ErrorLimit,
  AnalysisTemplateSpecMetricsFailureLimit as FailureLimit,
  AnalysisTemplateSpecMetricsInconclusiveLimit as InconclusiveLimit,
} from '../../imports/analysis-template-argoproj.io';
import {
  RolloutSpecStrategyCanaryStepsPauseDuration as Pause,
  type RolloutSpecStrategy,
} from '../../imports/rollout-argoproj.io';
import { externalSecret } from '../constructs/external-secret';
import { wave } from '../constructs/sync-wave';
import type { Environment } from '../environments/environment';
import type { Site } from '../settings';
import { port } from './place';

type Judgement = Pick<
  Environment['web']['canary']['sentry'],
  'initialDelay' | 'interval' | 'failureLimit' | 'consecutiveErrorLimit'
>;

const names = { sentry: 'sentry-error-rate', datadog: 'datadog-5xx-rate', secret: 'eren-analysis' };

/** The new version takes the weights of the steps, judged all the way, while ping and pong swap roles. */
export function canaryStrategy({ environment: { web }, images }: Site<'web'>): RolloutSpecStrategy {
  return {
    canary: {
      // No dynamicStableScale: the stable pods must be there when a canary is aborted, or replaced by another version.
      // Services that never change sides: the load balancer's readiness gate would not be given to a new revision's pods
      // behind a Service that starts to select them later.
      pingPong: { pingService: 'eren-web-ping', pongService: 'eren-web-pong' },
      trafficRouting: {
        alb: { ingress: 'eren-ingress', rootService: 'eren-service', servicePort: port },
      },
      // After the last step everything is the new version's. A step that says so would give a rollback, which skips the
      // steps, all requests while only its first pod is ready.
      steps: web.canary.steps
        .filter(({ weight }) => weight < 100)
        .flatMap(({ weight, pause }) => [
          { setWeight: weight },
          ...(pause ? [{ pause: { duration: Pause.fromString(pause) } }] : []),
        ]),
      analysis: {
        // After the first weight is set: before, the canary has no pods or no traffic, and there is nothing to judge.
        startingStep: 1,
        templates: [{ templateName: names.sentry }, { templateName: names.datadog }],
        args: [{ name: 'version', value: images.web.tag }],
      },
    },
  };
}

/**
 * Two judges. Sentry fails a release with too many errored sessions, and abstains when it has seen too few, because an
 * AnalysisRun is as bad as its worst metric. Datadog then decides, and when it has too few requests as well it is
 * inconclusive, and the Rollout waits for a person: no data is never success.
 */
export function analysis(scope: Construct, site: Site): void {
  const { environment, cluster } = site;
  externalSecret(scope, 'analysis-secret', {
    name: names.secret,
    namespace: environment.namespace,
    data: {
      sentry: { entry: 'sentry', key: 'auth_token' },
      api_key: { entry: 'datadog', key: 'api_key' },
      app_key: { entry: 'datadog', key: 'app_key' },
    },
    templates: {
      'sentry-token': '{{ .sentry | trim }}',
      // The keys that Argo Rollouts' Datadog provider looks for.
      address: `https://api.${cluster.datadog.site}`,
      'api-key': '{{ .api_key | trim }}',
      'app-key': '{{ .app_key | trim }}',
    },
  });
  sentry(scope, site);
  datadog(scope, site);
}

/** Sentry counts a request with an unhandled exception as an errored session; its SDK sends the counts every minute. */
function sentry(scope: Construct, { environment, cluster }: Site): void {
  const rule = environment.web.canary.sentry;
  const { organization, project, api } = cluster.sentry;
  const counts = [
    'let sessions = sum(map(result, .totals["sum(session)"]));',
    'let errored = sum(map(filter(result, .by["session.status"] != "healthy"), .totals["sum(session)"]));',
  ];
  const share = rule.errorRate / 100;
  const query = [
    'field=sum(session)',
    'groupBy=session.status',
    `project=${project}`,
    `environment=${environment.name}`,
    'query=release:{{args.version}}',
    // The least Sentry documents; the release, unique per build, is what narrows it down.
    'statsPeriod=1h',
    'interval=1h',
  ];
  new AnalysisTemplate(scope, 'sentry', {
    metadata: { name: names.sentry, annotations: wave('prerequisites') },
    spec: {
      args: [
        { name: 'version' },
        { name: 'token', valueFrom: { secretKeyRef: { name: names.secret, key: 'sentry-token' } } },
      ],
      metrics: [
        {
          name: names.sentry,
          ...timing(rule),
          successCondition: [
            ...counts,
            `sessions < ${rule.minimumSessions} || errored <= ${share} * sessions`,
          ].join(' '),
          failureCondition: [
            ...counts,
            `sessions >= ${rule.minimumSessions} && errored > ${share} * sessions`,
          ].join(' '),
          provider: {
            web: {
              method: 'GET',
              url: `${api}/api/0/organizations/${organization}/sessions/?${query.join('&')}`,
              headers: [{ key: 'Authorization', value: 'Bearer {{args.token}}' }],
              jsonPath: '{$.groups}',
              timeoutSeconds: 20,
            },
          },
        },
      ],
    },
  });
}

/** Responses of status 5xx of the new version, as a share of its requests in the last five minutes. */
function datadog(scope: Construct, { environment }: Site): void {
  const rule = environment.web.canary.datadog;
  const tags = `env:${environment.name},service:eren-web,version:{{args.version}}`;
  const share = rule.errorRate / 100;
  new AnalysisTemplate(scope, 'datadog', {
    metadata: { name: names.datadog, annotations: wave('prerequisites') },
    spec: {
      args: [{ name: 'version' }],
      metrics: [
        {
          name: names.datadog,
          ...timing(rule),
          inconclusiveLimit: InconclusiveLimit.fromNumber(rule.inconclusiveLimit),
          // Neither holds when there is no value, and that is what inconclusive means. A missing value has no type, and
          // only `asFloat` lets the comparison with it compile.
          successCondition: `!isNil(result) && asFloat(result) <= ${share}`,
          failureCondition: `!isNil(result) && asFloat(result) > ${share}`,
          provider: {
            datadog: {
              apiVersion: ApiVersion.V2,
              interval: '5m',
              aggregator: Aggregator.SUM,
              queries: {
                errors: `sum:trace.rack.request.hits.by_http_status{${tags},http.status_class:5xx}.as_count()`,
                requests: `sum:trace.rack.request.hits{${tags}}.as_count()`,
              },
              // No errors at all is no series, so it counts as zero; too few requests is no value.
              formula: `default_zero(errors) / cutoff_min(requests, ${rule.minimumRequests})`,
              secretRef: { name: names.secret, namespaced: true },
            },
          },
        },
      ],
    },
  });
}

/** No `count`: the run lasts as long as the canary does. */
function timing(rule: Judgement) {
  return {
    initialDelay: rule.initialDelay,
    interval: rule.interval,
    failureLimit: FailureLimit.fromNumber(rule.failureLimit),
    consecutiveErrorLimit: ErrorLimit.fromNumber(rule.consecutiveErrorLimit),
  };
}
