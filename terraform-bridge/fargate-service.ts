import { AppautoscalingPolicy } from '@cdktn/provider-aws/lib/appautoscaling-policy';
import { AppautoscalingTarget } from '@cdktn/provider-aws/lib/appautoscaling-target';
import { CloudwatchLogGroup } from '@cdktn/provider-aws/lib/cloudwatch-log-group';
import { EcsCluster } from '@cdktn/provider-aws/lib/ecs-cluster';
import { EcsClusterCapacityProviders } from '@cdktn/provider-aws/lib/ecs-cluster-capacity-providers';
import { EcsService } from '@cdktn/provider-aws/lib/ecs-service';
import { EcsTaskDefinition } from '@cdktn/provider-aws/lib/ecs-task-definition';
import { IamRole } from '@cdktn/provider-aws/lib/iam-role';
import { IamRolePolicy } from '@cdktn/provider-aws/lib/iam-role-policy';
import { Construct } from 'constructs';
import { type Bytes, mebibytes } from '../charts/environments/units';
import type { ContainerDefinition } from './container-definition';
import { type NamedCluster, resourceNames } from './names';
import type { Network } from './network';
import { policy, type Statement } from './policy';
import type { ServiceLoadBalancer } from './service-load-balancer';

/** The platform of Fargate that system controls need; `LATEST` would be another one some day. */
export const platformVersion = '1.4.0';

export interface FargateServiceProps {
  readonly region: string;
  readonly account: string;
  readonly network: Network;
  readonly securityGroupId: string;
  readonly balancer: ServiceLoadBalancer;
  readonly keyArn: string;
  /** Units of CPU: 1024 are one. */
  readonly cpu: number;
  readonly memory: Bytes;
  readonly architecture: 'ARM64' | 'X86_64';
  readonly capacity: 'FARGATE' | 'FARGATE_SPOT';
  readonly containerInsights: 'enhanced' | 'enabled' | 'disabled';
  /** In the order in which they start. */
  readonly containers: readonly ContainerDefinition[];
  /** The one that the load balancer asks, and its port. */
  readonly entrance: { readonly container: string; readonly port: number };
  /** Entries of Secrets Manager that a container is given keys of. */
  readonly secretArns: readonly string[];
  /** Repositories of this account whose images it runs. */
  readonly repositoryArns: readonly string[];
  /** What the programs themselves may do at AWS. */
  readonly statements: readonly Statement[];
  /** Days. */
  readonly logRetention: number;
  readonly scaling: {
    readonly min: number;
    readonly max: number;
    /** Percent of the task's, at which there are enough of them. */
    readonly cpuUtilization: number;
    readonly memoryUtilization: number;
  };
}

/** A task of several containers on Fargate, as many as are needed, of which CodeDeploy starts new versions. */
export class FargateService extends Construct {
  public readonly cluster: EcsCluster;
  public readonly service: EcsService;
  public readonly taskDefinition: EcsTaskDefinition;
  /** What a task starts with, and what it is then. */
  public readonly roles: readonly [execution: IamRole, task: IamRole];
  /** Where each container writes, by its name. */
  public readonly logGroups: Readonly<Record<string, CloudwatchLogGroup>>;

  constructor(scope: Construct, id: string, named: NamedCluster, props: FargateServiceProps) {
    super(scope, id);
    const { name } = named;
    const called = resourceNames(named);
    this.logGroups = Object.fromEntries(
      props.containers.map((container) => [
        container.name,
        new CloudwatchLogGroup(this, `${container.name}-logs`, {
          name: logGroupOf(name, container.name),
          retentionInDays: props.logRetention,
          kmsKeyId: props.keyArn,
        }),
      ]),
    );
    const role = (of: string, description: string, statements: readonly Statement[]) => {
      const made = new IamRole(this, of, {
        name: called.role(of),
        description,
        assumeRolePolicy: policy(this, `${of}-trust`, [
          {
            actions: ['sts:AssumeRole'],
            principal: { type: 'Service', names: ['ecs-tasks.amazonaws.com'] },
            when: [
              ['StringEquals', 'aws:SourceAccount', props.account],
              ['ArnLike', 'aws:SourceArn', `arn:aws:ecs:${props.region}:${props.account}:*`],
            ],
          },
        ]),
      });
      new IamRolePolicy(this, `${of}-policy`, {
        role: made.name,
        name: of,
        policy: policy(this, `${of}-permissions`, statements),
      });
      return made;
    };
    const execution = role('task-start', 'Starts a task: its images, its secrets, its logs', [
      {
        actions: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
        resources: props.repositoryArns,
      },
      // The password is the registry's, and a registry is not a resource.
      { actions: ['ecr:GetAuthorizationToken'], resources: ['*'] },
      {
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: Object.values(this.logGroups).map(({ arn }) => `${arn}:*`),
      },
      { actions: ['secretsmanager:GetSecretValue'], resources: props.secretArns },
      { actions: ['kms:Decrypt'], resources: [props.keyArn] },
    ]);
    const task = role('task', 'What the programs of a task do at AWS', props.statements);
    this.roles = [execution, task];
    this.taskDefinition = new EcsTaskDefinition(this, 'task-definition', {
      family: name,
      requiresCompatibilities: ['FARGATE'],
      networkMode: 'awsvpc',
      cpu: String(props.cpu),
      memory: String(mebibytes(props.memory)),
      runtimePlatform: { operatingSystemFamily: 'LINUX', cpuArchitecture: props.architecture },
      executionRoleArn: execution.arn,
      taskRoleArn: task.arn,
      // A revision is what a rollback goes back to.
      skipDestroy: true,
      containerDefinitions: JSON.stringify(
        props.containers.map((container) => ({
          ...container,
          logConfiguration: {
            logDriver: 'awslogs',
            options: {
              'awslogs-group': logGroupOf(name, container.name),
              'awslogs-region': props.region,
              'awslogs-stream-prefix': container.name,
              // A log that cannot be written must not stop the app.
              mode: 'non-blocking',
              'max-buffer-size': '25m',
            },
          },
        })),
      ),
    });

    this.cluster = new EcsCluster(this, 'cluster', {
      name,
      setting: [{ name: 'containerInsights', value: props.containerInsights }],
    });
    const providers = new EcsClusterCapacityProviders(this, 'capacity', {
      clusterName: this.cluster.name,
      capacityProviders: ['FARGATE', 'FARGATE_SPOT'],
      defaultCapacityProviderStrategy: [{ capacityProvider: props.capacity, weight: 1 }],
    });
    const [blue] = props.balancer.targetGroups;
    this.service = new EcsService(this, 'service', {
      name,
      cluster: this.cluster.arn,
      taskDefinition: this.taskDefinition.arn,
      desiredCount: props.scaling.min,
      capacityProviderStrategy: [{ capacityProvider: props.capacity, weight: 1 }],
      platformVersion,
      deploymentController: { type: 'CODE_DEPLOY' },
      // ECS spreads tasks of a service over the zones of these subnets.
      networkConfiguration: {
        subnets: props.network.privateSubnets.map(({ id }) => id),
        securityGroups: [props.securityGroupId],
        assignPublicIp: false,
      },
      loadBalancer: [
        {
          targetGroupArn: blue.arn,
          containerName: props.entrance.container,
          containerPort: props.entrance.port,
        },
      ],
      healthCheckGracePeriodSeconds: 120,
      propagateTags: 'SERVICE',
      enableEcsManagedTags: true,
      waitForSteadyState: false,
      // What runs is CodeDeploy's to say, and how many of it the autoscaler's.
      lifecycle: {
        ignoreChanges: ['task_definition', 'load_balancer', 'desired_count', 'capacity_provider_strategy'],
      },
      dependsOn: [providers, props.balancer.listener],
    });
    this.scale(props.scaling);
  }

  private scale({ min, max, cpuUtilization, memoryUtilization }: FargateServiceProps['scaling']): void {
    const target = new AppautoscalingTarget(this, 'scaling', {
      serviceNamespace: 'ecs',
      scalableDimension: 'ecs:service:DesiredCount',
      resourceId: `service/${this.cluster.name}/${this.service.name}`,
      minCapacity: min,
      maxCapacity: max,
    });
    for (const [metric, targetValue] of [
      ['CPU', cpuUtilization],
      ['Memory', memoryUtilization],
    ] as const)
      new AppautoscalingPolicy(this, `scaling-${metric.toLowerCase()}`, {
        name: `${this.service.name}-${metric.toLowerCase()}`,
        policyType: 'TargetTrackingScaling',
        serviceNamespace: target.serviceNamespace,
        scalableDimension: target.scalableDimension,
        resourceId: target.resourceId,
        targetTrackingScalingPolicyConfiguration: {
          predefinedMetricSpecification: { predefinedMetricType: `ECSServiceAverage${metric}Utilization` },
          targetValue,
          // Up within a minute, down when it has been quiet for five.
          scaleOutCooldown: 60,
          scaleInCooldown: 300,
        },
      });
  }
}

function logGroupOf(name: string, container: string): string {
  return `/ecs/${name}/${container}`;
}
