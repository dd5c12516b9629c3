import { CloudwatchDashboard } from '@cdktn/provider-aws/lib/cloudwatch-dashboard';
import { CloudwatchLogMetricFilter } from '@cdktn/provider-aws/lib/cloudwatch-log-metric-filter';
import { Construct } from 'constructs';
import { type Bytes, mebibytes } from '../charts/environments/units';
import { type Watched, watch } from './alarm';
import type { PostgresDatabase } from './database';
import type { FargateService } from './fargate-service';
import type { ServiceLoadBalancer } from './service-load-balancer';

export interface ServiceAlarmsProps {
  readonly name: string;
  readonly region: string;
  readonly topicArn: string;
  readonly service: FargateService;
  readonly balancer: ServiceLoadBalancer;
  readonly database: PostgresDatabase;
  readonly databaseStorage: Bytes;
  /** The container whose log lines are JSON, with the field `level`. */
  readonly logs: string;
  /** Percent. */
  readonly cpu: number;
  readonly memory: number;
  readonly databaseCpu: number;
  readonly databaseUsed: number;
  readonly errorRate: number;
  /** With fewer requests in a minute there is no rate. */
  readonly minimumRequests: number;
}

/** What CloudWatch tells of a service and its database, and what it shows of them on one page. */
export class ServiceAlarms extends Construct {
  /** Names of those that say that a new version is bad. */
  public readonly judges: readonly string[];

  constructor(scope: Construct, id: string, props: ServiceAlarmsProps) {
    super(scope, id);
    const { name, balancer, service, database, errorRate, minimumRequests } = props;
    const alarm = (of: string, watched: Watched) => watch(this, of, name, props.topicArn, watched).alarmName;
    const elb = { LoadBalancer: balancer.balancer.arnSuffix };
    const ecs = { ClusterName: service.cluster.name, ServiceName: service.service.name };
    const rds = { DBInstanceIdentifier: database.instance.identifier };
    const requests = (metric: string) => ({
      namespace: 'AWS/ApplicationELB',
      metric,
      of: elb,
      statistic: 'Sum' as const,
    });
    alarm('cpu', {
      ...{ namespace: 'AWS/ECS', metric: 'CPUUtilization', of: ecs, threshold: props.cpu, periods: 3 },
      meaning:
        'All tasks are busy, and there are no more of them: raise task.scaling.max, or look for a slow page',
    });
    alarm('memory', {
      ...{ namespace: 'AWS/ECS', metric: 'MemoryUtilization', of: ecs, threshold: props.memory, periods: 3 },
      meaning: 'A container that takes more is ended by the kernel, and its task with it',
    });
    const errors = alarm('errors', {
      expression: `IF(requests >= ${minimumRequests}, 100 * (FILL(app, 0) + FILL(balancer, 0)) / requests, 0)`,
      metrics: {
        requests: requests('RequestCount'),
        app: requests('HTTPCode_Target_5XX_Count'),
        balancer: requests('HTTPCode_ELB_5XX_Count'),
      },
      ...{ threshold: errorRate, periods: 2, period: 60, silence: 'notBreaching' },
      meaning: `More than ${errorRate} % of requests are answered with 5xx; a deployment that runs goes back by itself`,
    });
    const unhealthy = balancer.targetGroups.map((group, i) =>
      alarm(`unhealthy-${['blue', 'green'][i]}`, {
        namespace: 'AWS/ApplicationELB',
        metric: 'UnHealthyHostCount',
        of: { ...elb, TargetGroup: group.arnSuffix },
        statistic: 'Maximum',
        // A group without tasks says nothing.
        ...{ threshold: 0, periods: 3, period: 60, silence: 'notBreaching' },
        meaning: 'A task does not answer /health',
      }),
    );
    this.judges = [errors, ...unhealthy];
    alarm('database-cpu', {
      ...{ namespace: 'AWS/RDS', metric: 'CPUUtilization', of: rds, threshold: props.databaseCpu, periods: 3 },
      meaning: 'Slow queries: Performance Insights shows which',
    });
    alarm('database-storage', {
      ...{ namespace: 'AWS/RDS', metric: 'FreeStorageSpace', of: rds, below: true, periods: 2 },
      threshold: Math.round((1024 ** 2 * mebibytes(props.databaseStorage) * (100 - props.databaseUsed)) / 100),
      meaning: `Less than ${100 - props.databaseUsed} % of ${props.databaseStorage} is free`,
    });
    if (database.replica)
      alarm('replica-lag', {
        namespace: 'AWS/RDS',
        metric: 'ReplicaLag',
        of: { DBInstanceIdentifier: database.replica.identifier },
        ...{ threshold: 60, periods: 3 },
        meaning: 'What the replica answers is more than a minute old',
      });

    // What the app itself says: a metric of its log, so that no agent runs in the task.
    const own = `App/${name}`;
    new CloudwatchLogMetricFilter(this, 'app-errors', {
      name: `${name}-errors`,
      logGroupName: service.logGroups[props.logs]?.name ?? '',
      pattern: '{ $.level = "error" || $.level = "fatal" }',
      metricTransformation: { namespace: own, name: 'Errors', value: '1', defaultValue: '0', unit: 'Count' },
    });

    type Shown = readonly [namespace: string, metric: string, ...dimensions: string[]];
    const of = (namespace: string, metric: string, dimensions: Record<string, string>): Shown => [
      namespace,
      metric,
      ...Object.entries(dimensions).flat(),
    ];
    const widgets: readonly [title: string, stat: string, metrics: readonly Shown[]][] = [
      [
        'Requests, and 5xx of the app and of the load balancer',
        'Sum',
        ['RequestCount', 'HTTPCode_Target_5XX_Count', 'HTTPCode_ELB_5XX_Count'].map((metric) =>
          of('AWS/ApplicationELB', metric, elb),
        ),
      ],
      ['Seconds to an answer, p95', 'p95', [of('AWS/ApplicationELB', 'TargetResponseTime', elb)]],
      [
        'Percent of what the tasks have',
        'Average',
        ['CPUUtilization', 'MemoryUtilization'].map((metric) => of('AWS/ECS', metric, ecs)),
      ],
      ['Errors that the app logs', 'Sum', [of(own, 'Errors', {})]],
      ['Database: connections', 'Maximum', [of('AWS/RDS', 'DatabaseConnections', rds)]],
      ['Database: percent of CPU', 'Average', [of('AWS/RDS', 'CPUUtilization', rds)]],
    ];
    new CloudwatchDashboard(this, 'dashboard', {
      dashboardName: name,
      dashboardBody: JSON.stringify({
        widgets: widgets.map(([title, stat, metrics], i) => ({
          type: 'metric',
          ...{ x: 12 * (i % 2), y: 6 * Math.floor(i / 2), width: 12, height: 6 },
          properties: { title, stat, metrics, region: props.region, period: 60, view: 'timeSeries' },
        })),
      }),
    });
  }
}
