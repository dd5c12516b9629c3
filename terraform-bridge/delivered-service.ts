import { Construct } from 'constructs';
import type * as v from 'valibot';
import type { fargate } from '../charts/environments/fargate';
import type { Bytes } from '../charts/environments/units';
import { AccessLogs } from './access-logs';
import { BlueGreen } from './blue-green';
import { Bucket, type BucketProps } from './bucket';
import { Certificate } from './certificate';
import type { ContainerDefinition } from './container-definition';
import type { PostgresDatabase } from './database';
import { DeliveryPipeline, type DeliveryPipelineProps } from './delivery-pipeline';
import { FargateService } from './fargate-service';
import { bucketName, type NamedCluster } from './names';
import type { Network } from './network';
import type { Statement } from './policy';
import { ServiceAlarms } from './service-alarms';
import { ServiceLoadBalancer } from './service-load-balancer';
import type { ServiceSecurityGroups } from './service-security-groups';

type Settings = {
  readonly [K in Exclude<keyof typeof fargate, 'nginx'>]: v.InferOutput<(typeof fargate)[K]>;
} & {
  readonly region: string;
  readonly host: string;
  readonly aws: {
    readonly artifacts: Omit<BucketProps, 'name'>;
    readonly database: { readonly storage: Bytes };
    readonly recovery: { readonly deletionProtection: boolean };
  };
};

export interface DeliveredServiceProps {
  readonly settings: Settings;
  readonly account: string;
  readonly network: Network;
  readonly groups: ServiceSecurityGroups;
  readonly keyArn: string;
  readonly topicArn: string;
  /** The public zone that the host is in. */
  readonly zoneId: string;
  readonly healthPath: string;
  readonly database: PostgresDatabase;
  /** In the order in which they start. */
  readonly containers: readonly ContainerDefinition[];
  /** The one that the load balancer asks, and its port. */
  readonly entrance: { readonly container: string; readonly port: number };
  /** The one whose image is built, and whose log lines are JSON. */
  readonly app: string;
  /** Where its image is pushed. */
  readonly registry: DeliveryPipelineProps['registry'];
  /** Entries of Secrets Manager that containers are given keys of. */
  readonly secretArns: readonly string[];
  /** What the programs themselves may do at AWS. */
  readonly statements: readonly Statement[];
  /** What the new image runs before it serves. */
  readonly before: Pick<DeliveryPipelineProps['before'], 'command' | 'plain' | 'secret'>;
}

/** A service from the name that people type to the commit that changes it. */
export class DeliveredService extends Construct {
  public readonly balancer: ServiceLoadBalancer;
  public readonly service: FargateService;

  constructor(scope: Construct, id: string, named: NamedCluster, props: DeliveredServiceProps) {
    super(scope, id);
    const { settings, groups, entrance, app, topicArn, database, secretArns, account, zoneId, keyArn } = props;
    const { region, host, aws, logs, pipeline } = settings;
    const { name } = named;
    const place = { ...named, region };
    this.balancer = new ServiceLoadBalancer(this, 'load-balancer', {
      ...settings.loadBalancer,
      name,
      network: props.network,
      securityGroupId: groups.alb.id,
      certificateArn: new Certificate(this, 'certificate', { names: [host], zoneId }).arn,
      host,
      zoneId,
      port: entrance.port,
      healthPath: props.healthPath,
      accessLogBucket: new AccessLogs(this, 'access-logs', place, account, logs.accessRetention).bucket,
      deletionProtection: aws.recovery.deletionProtection,
    });
    const common = {
      ...settings.task,
      region,
      account,
      network: props.network,
      keyArn,
      entrance,
      logRetention: logs.retention,
      balancer: this.balancer,
    };
    this.service = new FargateService(this, 'service', named, {
      ...common,
      securityGroupId: groups.tasks.id,
      containers: props.containers,
      secretArns,
      repositoryArns: [props.registry.arn],
      statements: props.statements,
    });
    const { judges } = new ServiceAlarms(this, 'alarms', {
      ...settings.alarms,
      balancer: this.balancer,
      region,
      name,
      topicArn,
      service: this.service,
      database,
      databaseStorage: aws.database.storage,
      logs: app,
    });
    const artifacts = new Bucket(this, 'artifacts', {
      ...aws.artifacts,
      name: bucketName(named, 'artifacts', account),
    });
    artifacts.admit([]);
    const delivered = { ...common, ...pipeline, service: this.service };
    const deployment = new BlueGreen(this, 'blue-green', named, {
      ...delivered,
      artifactsArn: artifacts.arn,
      alarms: judges,
      topicArn,
    });
    new DeliveryPipeline(this, 'pipeline', named, {
      ...delivered,
      deployment,
      artifacts,
      container: app,
      registry: props.registry,
      before: { ...props.before, securityGroupId: groups.builds.id, secretArns },
    });
  }
}
