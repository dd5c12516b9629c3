import { Lb } from '@cdktn/provider-aws/lib/lb';
import { LbListener } from '@cdktn/provider-aws/lib/lb-listener';
import { LbTargetGroup } from '@cdktn/provider-aws/lib/lb-target-group';
import { Route53Record } from '@cdktn/provider-aws/lib/route53-record';
import { Construct } from 'constructs';
import { type Duration, seconds } from '../charts/environments/units';
import type { Network } from './network';

export interface ServiceLoadBalancerProps {
  /** At most 26 characters: AWS takes 32, and the target groups add to it. */
  readonly name: string;
  readonly network: Network;
  readonly securityGroupId: string;
  readonly certificateArn: string;
  readonly host: string;
  /** The public zone that the host is in. */
  readonly zoneId: string;
  /** The port of the tasks. */
  readonly port: number;
  readonly healthPath: string;
  /** Where requests are noted; nowhere when absent. */
  readonly accessLogBucket?: string;
  readonly sslPolicy: string;
  readonly idleTimeout: Duration;
  readonly healthCheckInterval: Duration;
  readonly healthyThreshold: number;
  readonly deregistrationDelay: Duration;
  readonly deletionProtection: boolean;
}

/** A load balancer whose requests CodeDeploy moves from one group of tasks to another, and back. */
export class ServiceLoadBalancer extends Construct {
  public readonly balancer: Lb;
  /** Which one serves is CodeDeploy's to say; at first it is the first. */
  public readonly targetGroups: readonly [LbTargetGroup, LbTargetGroup];
  public readonly listener: LbListener;

  constructor(scope: Construct, id: string, props: ServiceLoadBalancerProps) {
    super(scope, id);
    const { name, network, host, zoneId, accessLogBucket } = props;
    this.balancer = new Lb(this, 'balancer', {
      name,
      loadBalancerType: 'application',
      internal: false,
      subnets: network.publicSubnets.map(({ id }) => id),
      securityGroups: [props.securityGroupId],
      idleTimeout: seconds(props.idleTimeout),
      dropInvalidHeaderFields: true,
      // The address of whoever asks is the last one, and only that one is believed.
      xffHeaderProcessingMode: 'append',
      enableDeletionProtection: props.deletionProtection,
      accessLogs:
        accessLogBucket === undefined ? undefined : { bucket: accessLogBucket, prefix: name, enabled: true },
    });
    const group = (color: 'blue' | 'green') =>
      new LbTargetGroup(this, color, {
        name: `${name}-${color}`,
        vpcId: network.vpc.id,
        targetType: 'ip',
        protocol: 'HTTP',
        port: props.port,
        deregistrationDelay: String(seconds(props.deregistrationDelay)),
        healthCheck: {
          path: props.healthPath,
          interval: seconds(props.healthCheckInterval),
          timeout: 5,
          healthyThreshold: props.healthyThreshold,
          unhealthyThreshold: 2,
          matcher: '200',
        },
      });
    this.targetGroups = [group('blue'), group('green')];
    new LbListener(this, 'redirect', {
      loadBalancerArn: this.balancer.arn,
      port: 80,
      protocol: 'HTTP',
      defaultAction: [{ type: 'redirect', redirect: { port: '443', protocol: 'HTTPS', statusCode: 'HTTP_301' } }],
    });
    this.listener = new LbListener(this, 'listener', {
      loadBalancerArn: this.balancer.arn,
      port: 443,
      protocol: 'HTTPS',
      sslPolicy: props.sslPolicy,
      certificateArn: props.certificateArn,
      defaultAction: [{ type: 'forward', targetGroupArn: this.targetGroups[0].arn }],
      // CodeDeploy says which group it is by now.
      lifecycle: { ignoreChanges: ['default_action'] },
    });
    new Route53Record(this, 'record', {
      zoneId,
      name: host,
      type: 'A',
      alias: { name: this.balancer.dnsName, zoneId: this.balancer.zoneId, evaluateTargetHealth: true },
    });
  }
}
