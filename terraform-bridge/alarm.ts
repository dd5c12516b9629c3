import { CloudwatchMetricAlarm } from '@cdktn/provider-aws/lib/cloudwatch-metric-alarm';
import type { Construct } from 'constructs';

interface Metric {
  readonly namespace: string;
  readonly metric: string;
  readonly of: Readonly<Record<string, string>>;
  readonly statistic?: 'Average' | 'Maximum' | 'Sum';
}

interface Threshold {
  readonly below?: boolean;
  readonly threshold: number;
  /** How many periods, one after the other. */
  readonly periods: number;
  /** Seconds; five minutes when absent. */
  readonly period?: number;
  /** What silence means: what is watched is not well, or nothing happened. */
  readonly silence?: 'breaching' | 'notBreaching';
  readonly meaning: string;
}

/** A metric, or what is reckoned of several: an expression over their names. */
export type Watched = Threshold &
  (Metric | { readonly expression: string; readonly metrics: Readonly<Record<string, Metric>> });

/** An alarm of CloudWatch that tells a topic when it begins and when it ends. */
export function watch(
  scope: Construct,
  name: string,
  prefix: string,
  topicArn: string,
  watched: Watched,
): CloudwatchMetricAlarm {
  const period = watched.period ?? 300;
  const one = ({ namespace, metric, of, statistic }: Metric) => ({
    namespace,
    metricName: metric,
    dimensions: { ...of },
    statistic: statistic ?? 'Average',
    period,
  });
  return new CloudwatchMetricAlarm(scope, name, {
    alarmName: `${prefix}-${name}`,
    alarmDescription: watched.meaning,
    ...('expression' in watched
      ? {
          metricQuery: [
            { id: 'result', expression: watched.expression, label: name, returnData: true },
            ...Object.entries(watched.metrics).map(([id, metric]) => {
              const { statistic, ...rest } = one(metric);
              return { id, metric: { ...rest, stat: statistic } };
            }),
          ],
        }
      : one(watched)),
    comparisonOperator: watched.below ? 'LessThanThreshold' : 'GreaterThanThreshold',
    threshold: watched.threshold,
    evaluationPeriods: watched.periods,
    datapointsToAlarm: watched.periods,
    // A database that says nothing is not well.
    treatMissingData: watched.silence ?? 'breaching',
    alarmActions: [topicArn],
    okActions: [topicArn],
  });
}
