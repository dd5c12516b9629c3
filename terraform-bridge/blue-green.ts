import { CodedeployApp } from '@cdktn/provider-aws/lib/codedeploy-app';
import { CodedeployDeploymentGroup } from '@cdktn/provider-aws/lib/codedeploy-deployment-group';
import { IamRole } from '@cdktn/provider-aws/lib/iam-role';
import { IamRolePolicy } from '@cdktn/provider-aws/lib/iam-role-policy';
import { Construct } from 'constructs';
import type { FargateService } from './fargate-service';
import { type NamedCluster, resourceNames } from './names';
import { policy, trust } from './policy';
import type { ServiceLoadBalancer } from './service-load-balancer';

export interface BlueGreenProps {
  readonly region: string;
  readonly account: string;
  readonly service: FargateService;
  readonly balancer: ServiceLoadBalancer;
  /** Where the task definition of a deployment lies. */
  readonly artifactsArn: string;
  /** A deployment of CodeDeploy that is predefined. */
  readonly shift: string;
  /** Minutes that the old tasks stay when all requests have moved. */
  readonly keepOld: number;
  /** Names of the alarms that send the requests back. */
  readonly alarms: readonly string[];
  readonly topicArn: string;
  readonly keyArn: string;
}

/** New tasks beside the old ones, requests that move from one to the other, and back by themselves when an alarm goes off. */
export class BlueGreen extends Construct {
  public readonly app: CodedeployApp;
  public readonly group: CodedeployDeploymentGroup;

  constructor(scope: Construct, id: string, named: NamedCluster, props: BlueGreenProps) {
    super(scope, id);
    const { region, account, service, balancer } = props;
    const { name } = named;
    const balancers = (...kinds: string[]) =>
      kinds.map((kind) => `arn:aws:elasticloadbalancing:${region}:${account}:${kind}/app/${name}/*`);
    const role = new IamRole(this, 'role', {
      name: resourceNames(named).role('deploy'),
      description: 'Starts new tasks and moves requests to them',
      assumeRolePolicy: trust(this, 'codedeploy.amazonaws.com'),
    });
    const permissions = new IamRolePolicy(this, 'policy', {
      role: role.name,
      name: 'deploy',
      // What AWSCodeDeployRoleForECS has, for this service, this load balancer and these alarms.
      policy: policy(this, 'permissions', [
        {
          actions: ['ecs:DescribeServices', 'ecs:UpdateServicePrimaryTaskSet'],
          resources: [service.service.id],
        },
        {
          actions: ['ecs:CreateTaskSet', 'ecs:DeleteTaskSet'],
          resources: [`arn:aws:ecs:${region}:${account}:task-set/${name}/${name}/*`],
        },
        {
          // AWS has no narrower resource for either.
          actions: [
            'elasticloadbalancing:DescribeListeners',
            'elasticloadbalancing:DescribeRules',
            'elasticloadbalancing:DescribeTargetGroups',
          ],
          resources: ['*'],
        },
        { actions: ['elasticloadbalancing:ModifyListener'], resources: balancers('listener') },
        { actions: ['elasticloadbalancing:ModifyRule'], resources: balancers('listener-rule') },
        {
          actions: ['cloudwatch:DescribeAlarms'],
          resources: props.alarms.map((alarm) => `arn:aws:cloudwatch:${region}:${account}:alarm:${alarm}`),
        },
        { actions: ['sns:Publish'], resources: [props.topicArn] },
        { actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [props.keyArn] },
        { actions: ['s3:GetObject', 's3:GetObjectVersion'], resources: [`${props.artifactsArn}/*`] },
        {
          actions: ['iam:PassRole'],
          resources: service.roles.map(({ arn }) => arn),
          when: [['StringEquals', 'iam:PassedToService', 'ecs-tasks.amazonaws.com']],
        },
      ]),
    });
    this.app = new CodedeployApp(this, 'app', { name, computePlatform: 'ECS' });
    this.group = new CodedeployDeploymentGroup(this, 'group', {
      appName: this.app.name,
      deploymentGroupName: name,
      deploymentConfigName: props.shift,
      serviceRoleArn: role.arn,
      deploymentStyle: { deploymentType: 'BLUE_GREEN', deploymentOption: 'WITH_TRAFFIC_CONTROL' },
      ecsService: { clusterName: service.cluster.name, serviceName: service.service.name },
      blueGreenDeploymentConfig: {
        deploymentReadyOption: { actionOnTimeout: 'CONTINUE_DEPLOYMENT' },
        terminateBlueInstancesOnDeploymentSuccess: {
          action: 'TERMINATE',
          terminationWaitTimeInMinutes: props.keepOld,
        },
      },
      loadBalancerInfo: {
        targetGroupPairInfo: {
          prodTrafficRoute: { listenerArns: [balancer.listener.arn] },
          targetGroup: balancer.targetGroups.map(({ name }) => ({ name })),
        },
      },
      autoRollbackConfiguration: {
        enabled: true,
        events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM', 'DEPLOYMENT_STOP_ON_REQUEST'],
      },
      // An alarm that cannot be asked stops the deployment, too.
      alarmConfiguration: { enabled: true, alarms: [...props.alarms], ignorePollAlarmFailure: false },
      triggerConfiguration: [
        {
          triggerName: 'told',
          triggerEvents: ['DeploymentFailure', 'DeploymentRollback', 'DeploymentStop'],
          triggerTargetArn: props.topicArn,
        },
      ],
      dependsOn: [permissions],
    });
  }
}
