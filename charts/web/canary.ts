import type { Construct } from 'constructs';
import {
  AnalysisTemplateSpecMetricsProviderDatadogAggregator as Aggregator,
  AnalysisTemplate,
  type AnalysisTemplateSpecMetrics,
  AnalysisTemplateSpecMetricsProviderDatadogApiVersion as ApiVersion,
  AnalysisTemplateSpecMetricsCount as Count,
  AnalysisTemplateSpecMetricsConsecutiveErrorLimit as ErrorLimit,
  AnalysisTemplateSpecMetricsFailureLimit as FailureLimit,
  AnalysisTemplateSpecMetricsConsecutiveSuccessLimit as SuccessLimit,
} from '../../imports/analysis-template-argoproj.io';
import {
  RolloutSpecStrategyCanaryStepsPauseDuration as Pause,
  type RolloutSpecStrategy,
} from '../../imports/rollout-argoproj.io';
import { externalSecret } from '../constructs/external-secret';
import { wave } from '../constructs/sync-wave';
import { errorRetry, gateStages, sentryPatience } from '../environments/canary-rules';
import type { Environment } from '../environments/environment';
import { seconds } from '../environments/units';
import type { Site } from '../settings';
import { webPort } from './port';

type Judgement = Pick<
  Environment['web']['canary']['sentry'],
  'initialDelay' | 'interval' | 'failureLimit' | 'consecutiveErrorLimit'
>;

const names = {
  sentry: 'sentry-error-rate',
  datadog: 'datadog-5xx-rate',
  gate: (stage: number) => `datadog-gate-${stage + 1}`,
  enough: 'enough-good-requests',
  secret: 'eren-analysis',
};

/**
 * The new version takes the weights of the steps, judged all the way, while ping and pong swap roles.
 *
 * @param isJudged the image has passed a canary before, so on the way back to it the steps are skipped
 */
export function canaryStrategy(
  { environment: { web }, images }: Site<'web'>,
  isJudged: boolean,
): RolloutSpecStrategy {
  const args = [{ name: 'version', value: images.web.tag }];
  // Each looks back farther than the one before, which it follows when that has found too little: what a dry run finds
  // neither ends nor holds a canary.
  const gate = gateStages(web.canary.gate).map(({ last }, i) => ({
    analysis: {
      templates: [{ templateName: names.gate(i) }],
      args,
      ...(!last && { dryRun: [{ metricName: names.enough }] }),
    },
  }));
  return {
    canary: {
      // No dynamicStableScale: the stable pods must be there when a canary is aborted, or replaced by another version.
      // Services that never change sides: the load balancer's readiness gate would not be given to a new revision's pods
      // behind a Service that starts to select them later.
      pingPong: { pingService: 'eren-web-ping', pongService: 'eren-web-pong' },
      trafficRouting: {
        alb: { ingress: 'eren-ingress', rootService: 'eren-service', servicePort: webPort },
      },
      steps: [
        ...web.canary.steps
          .filter(({ weight }) => weight < 100)
          .flatMap(({ weight, pause }) => [
            { setWeight: weight },
            ...(pause ? [{ pause: { duration: Pause.fromString(pause) } }] : []),
            ...gate,
          ]),
        // After the last step everything is the new version's anyway. But a step is over only when AWS has confirmed the
        // weight; the end is too when AWS answers with an error (`reconcileTrafficRouting` of Argo Rollouts 1.9.1,
        // rollout/trafficrouting.go). What skips the steps gets the weight of the last one as soon as one of its pods is
        // ready, which must not be all requests.
        ...(isJudged ? [] : [{ setWeight: 100 }]),
      ],
      scaleDownDelaySeconds: seconds(web.canary.scaleDownDelay),
      abortScaleDownDelaySeconds: seconds(web.canary.abortDelay),
      analysis: {
        // After the first weight is set: before, the canary has no pods or no traffic, and there is nothing to judge.
        startingStep: 1,
        templates: [{ templateName: names.sentry }, { templateName: names.datadog }],
        args,
      },
    },
  };
}

/**
 * Two judges all the way, and a gate after each weight. A judge fails a version with too many errors, and abstains when it
 * has seen too little. A gate opens for a version that has answered enough requests well, and aborts it when too few come:
 * no data is never success.
 *
 * Nothing is ever inconclusive: every metric has one condition, and what does not hold has failed. While an inconclusive
 * analysis waits for a person, Argo Rollouts 1.9.1 scales nothing (`haltProgress`, rollout/context.go), and as soon as the
 * autoscaler wants another number it carries out no abort, no promotion and no rollback either (`reconcile`).
 */
export function analysis(scope: Construct, site: Site): void {
  const { environment, cluster } = site;
  externalSecret(scope, 'analysis-secret', {
    name: names.secret,
    namespace: environment.namespace,
    data: {
      sentry: { entry: 'services', key: 'sentry_auth_token' },
      api_key: { entry: 'services', key: 'datadog_api_key' },
      app_key: { entry: 'services', key: 'datadog_app_key' },
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
            'let sessions = sum(map(result, .totals["sum(session)"]));',
            'let errored = sum(map(filter(result, .by["session.status"] != "healthy"), .totals["sum(session)"]));',
            `sessions < ${rule.minimumSessions} || errored <= ${rule.errorRate / 100} * sessions`,
          ].join(' '),
          provider: {
            web: {
              method: 'GET',
              url: `${api}/api/0/organizations/${organization}/sessions/?${query.join('&')}`,
              headers: [{ key: 'Authorization', value: 'Bearer {{args.token}}' }],
              jsonPath: '{$.groups}',
              timeoutSeconds: sentryPatience,
            },
          },
        },
      ],
    },
  });
}

/** Responses of status 5xx of the new version, as a share of its requests: judged all the way, and asked for by the gates. */
function datadog(scope: Construct, { environment }: Site): void {
  const { datadog: rule, gate } = environment.web.canary;
  const tags = `env:${environment.name},service:eren-web,version:{{args.version}}`;
  const good = `asFloat(result) <= ${rule.errorRate / 100}`;
  const shareOver = (window: string) => ({
    datadog: {
      apiVersion: ApiVersion.V2,
      interval: window,
      aggregator: Aggregator.SUM,
      queries: {
        errors: `sum:trace.rack.request.hits.by_http_status{${tags},http.status_class:5xx}.as_count()`,
        requests: `sum:trace.rack.request.hits{${tags}}.as_count()`,
      },
      // No errors at all is not a series, so it counts as zero; too few requests is not a value.
      formula: `default_zero(errors) / cutoff_min(requests, ${rule.minimumRequests})`,
      secretRef: { name: names.secret, namespaced: true },
    },
  });
  const template = (name: string, metrics: AnalysisTemplateSpecMetrics[]) =>
    new AnalysisTemplate(scope, name, {
      metadata: { name, annotations: wave('prerequisites') },
      spec: { args: [{ name: 'version' }], metrics },
    });

  // A missing value has no type, and only `asFloat` lets the comparison with it compile.
  template(
    names.datadog,
    // Over the windows of the gates: what a gate waits for has been judged bad first.
    gate.windows.map((window, i) => ({
      name: `${names.datadog}-${i + 1}`,
      ...timing(rule),
      successCondition: `isNil(result) || ${good}`,
      provider: shareOver(window),
    })),
  );
  for (const [i, { window, lasts, looks, last }] of gateStages(gate).entries())
    template(names.gate(i), [
      {
        name: names.enough,
        interval: gate.interval,
        // The first good look is enough. All of them bad is one failure more than is tolerated; with a larger count, or a
        // lower one, the end would be inconclusive or a success (`assessMetricStatus`, analysis/analysis.go).
        count: Count.fromNumber(looks),
        failureLimit: FailureLimit.fromNumber(looks - 1),
        consecutiveSuccessLimit: SuccessLimit.fromNumber(1),
        // A stage that errors cut short would hand over to a window which begins before the weight.
        consecutiveErrorLimit: ErrorLimit.fromNumber(
          last ? rule.consecutiveErrorLimit : Math.ceil(lasts / errorRetry),
        ),
        successCondition: `!isNil(result) && ${good}`,
        provider: shareOver(window),
      },
    ]);
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
