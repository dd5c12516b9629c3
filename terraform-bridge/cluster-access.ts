import { EksAccessEntry } from '@cdktn/provider-aws/lib/eks-access-entry';
import { EksAccessPolicyAssociation } from '@cdktn/provider-aws/lib/eks-access-policy-association';
import { Construct } from 'constructs';
import type { Cluster } from '../charts/environments/environment';
import type { ControlPlane } from './control-plane';

/** Who may speak with the API server, by EKS' own entries; the aws-auth ConfigMap is not read. Nodes have an entry by their groups. */
export class ClusterAccess extends Construct {
  constructor(scope: Construct, id: string, settings: Cluster, cluster: ControlPlane) {
    super(scope, id);
    const { administrators, viewers } = settings.aws.api;
    const admit = (principals: readonly string[], policy: string) => {
      for (const principalArn of principals) {
        const { clusterName } = new EksAccessEntry(this, principalArn.replace(/^.*:/, ''), {
          clusterName: cluster.name,
          principalArn,
          type: 'STANDARD',
        });
        new EksAccessPolicyAssociation(this, `${principalArn.replace(/^.*:/, '')}-policy`, {
          clusterName,
          principalArn,
          policyArn: `arn:aws:eks::aws:cluster-access-policy/${policy}`,
          accessScope: { type: 'cluster' },
        });
      }
    };
    admit(administrators, 'AmazonEKSClusterAdminPolicy');
    admit(viewers, 'AmazonEKSViewPolicy');
  }
}
