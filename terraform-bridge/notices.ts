import { BudgetsBudget } from '@cdktn/provider-aws/lib/budgets-budget';
import { SnsTopic } from '@cdktn/provider-aws/lib/sns-topic';
import { SnsTopicPolicy } from '@cdktn/provider-aws/lib/sns-topic-policy';
import { SnsTopicSubscription } from '@cdktn/provider-aws/lib/sns-topic-subscription';
import { Construct } from 'constructs';
import type { Cluster } from '../charts/environments/environment';
import type { Encryption } from './encryption';
import { type NamedCluster, resourceNames } from './names';
import { policy } from './policy';

/** Whom AWS tells by mail: of money that is spent, and of alarms. Each address has to confirm once. */
export class Notices extends Construct {
  public readonly topicArn: string;

  constructor(
    scope: Construct,
    id: string,
    cluster: NamedCluster & Pick<Cluster, 'budget'>,
    account: string,
    encryption: Encryption,
  ) {
    super(scope, id);
    const { budget } = cluster;
    const called = resourceNames(cluster);
    const topic = new SnsTopic(this, 'topic', {
      name: called.noticesTopic,
      displayName: cluster.system.title,
      kmsMasterKeyId: encryption.keyArn,
    });
    this.topicArn = topic.arn;
    const writers = new SnsTopicPolicy(this, 'topic-policy', {
      arn: topic.arn,
      policy: policy(this, 'writers', [
        {
          actions: ['sns:Publish'],
          resources: [topic.arn],
          principal: { type: 'Service', names: ['budgets.amazonaws.com', 'cloudwatch.amazonaws.com'] },
          when: [['StringEquals', 'aws:SourceAccount', account]],
        },
      ]),
    });
    for (const [i, endpoint] of budget.addresses.entries())
      new SnsTopicSubscription(this, `address-${i + 1}`, { topicArn: topic.arn, protocol: 'email', endpoint });
    new BudgetsBudget(this, 'budget', {
      name: `${cluster.name}-monthly`,
      budgetType: 'COST',
      timeUnit: 'MONTHLY',
      limitAmount: String(budget.monthly),
      limitUnit: 'USD',
      notification: budget.alerts.map((threshold) => ({
        notificationType: 'ACTUAL',
        comparisonOperator: 'GREATER_THAN',
        threshold,
        thresholdType: 'ABSOLUTE_VALUE',
        subscriberSnsTopicArns: [topic.arn],
      })),
      // A budget refuses a topic that it may not write to.
      dependsOn: [writers],
    });
  }
}
