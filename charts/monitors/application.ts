import type { Construct } from 'constructs';
import { freeTierAlert } from '../environments/alert-rules';
import { seconds } from '../environments/units';
import type { Site } from '../settings';
import { monitor, outsideCheck } from './monitor';

/** What students notice, and what the app tells of itself. */
export function applicationMonitors(scope: Construct, site: Site): void {
  const { cluster, environment } = site;
  const { alerts } = cluster;
  const env = `env:${environment.name}`;
  const web = `${env},service:eren-web`;
  const hits = 'trace.rack.request.hits';

  monitor(scope, site, {
    name: 'error-rate',
    title: 'Requests fail',
    meaning: 'Requests are answered with a 5xx: {{value}} % of those of the last five minutes.',
    pages: true,
    service: 'eren-web',
    application: `${environment.name}-web`,
    // No errors at all is not a series of errors, and counts as zero. Few requests count as more, or one failure at night would page.
    query:
      `sum(last_5m):default_zero(sum:${hits}.by_http_status{${web},http.status_class:5xx}.as_count()) / ` +
      `clamp_min(sum:${hits}{${web}}.as_count(), ${alerts.errorRate.requests}) * 100`,
    thresholds: alerts.errorRate,
  });
  monitor(scope, site, {
    name: 'latency',
    title: 'Requests are slow',
    meaning: 'One request in twenty takes longer than {{value}} seconds.',
    pages: true,
    service: 'eren-web',
    application: `${environment.name}-web`,
    // Seconds, as all durations of traces.
    query: `percentile(last_5m):p95:trace.rack.request{${web}}`,
    thresholds: { warning: alerts.latency.warning / 1000, critical: alerts.latency.critical / 1000 },
  });
  if (alerts.outside)
    outsideCheck(scope, site, {
      name: 'unreachable',
      title: `${environment.host} does not answer`,
      meaning: 'Seen from outside, DNS, certificate, load balancer or app fail three times in a row.',
      pages: true,
      service: 'eren-web',
      application: `${environment.name}-web`,
      url: `https://${environment.host}/health`,
      every: seconds(alerts.outside.every),
      locations: alerts.outside.locations,
    });
  monitor(scope, site, {
    name: 'queue-latency',
    title: 'Jobs wait in queue {{queue.name}}',
    meaning: 'The oldest job of the queue has waited {{value}} seconds. No data: no Sidekiq process reports.',
    pages: true,
    service: 'eren-sidekiq',
    application: `${environment.name}-sidekiq`,
    query: `avg(last_5m):max:eren.sidekiq.queue.latency{${env}} by {queue}`,
    thresholds: alerts.queueLatency,
    noDataAfter: 10,
  });
  monitor(scope, site, {
    name: 'dead-job',
    title: 'A job of queue {{queue.name}} was given up',
    meaning: '{{value}} jobs failed, or lost their process, as often as they may. They wait for a person.',
    pages: false,
    service: 'eren-sidekiq',
    application: `${environment.name}-sidekiq`,
    query: `sum(last_1h):default_zero(sum:eren.sidekiq.jobs.dead{${env}} by {queue}.as_count())`,
    thresholds: { critical: 0 },
  });
  monitor(scope, site, {
    name: 'geocoding-requests',
    title: 'Free geocoding runs out',
    meaning: `Google Maps has been asked {{value}} times this month; ${alerts.freeTier.geocodingRequests} are free.`,
    pages: false,
    query: `sum(current_1mo):sum:eren.geocoding.requests{${env}}.as_count()`,
    thresholds: freeTierAlert(alerts, alerts.freeTier.geocodingRequests),
    // Google's month begins at midnight Pacific Time.
    options: {
      scheduling_options: {
        evaluation_window: { day_starts: '00:00', month_starts: 1, timezone: 'America/Los_Angeles' },
      },
    },
  });
}
