import type { EksPodIdentityAssociation } from '@cdktn/provider-aws/lib/eks-pod-identity-association';
import { IamRole } from '@cdktn/provider-aws/lib/iam-role';
import { IamRolePolicy } from '@cdktn/provider-aws/lib/iam-role-policy';
import { Construct } from 'constructs';
import { addOns } from '../charts/environments/add-ons';
import type { Cluster } from '../charts/environments/environment';
import { buildNamespace, clusterNamespaces, jenkinsNamespace } from '../charts/environments/namespaces';
import { secretPrefix } from '../charts/environments/secrets';
import { agentAccounts, homeClaim } from '../charts/jenkins/names';
import { snapshotPrefix, snapshotTag } from '../charts/migrations/names';
import type { ControlPlane } from './control-plane';
import type { Encryption } from './encryption';
import { loadBalancerPolicy } from './load-balancer-policy';
import { bucketName, dataNames, resourceNames } from './names';
import { PodIdentity, type PodIdentityProps } from './pod-identity';
import { policy } from './policy';

export interface IdentitiesProps {
  readonly account: string;
  readonly cluster: ControlPlane;
  readonly encryption: Encryption;
  readonly environments: readonly { readonly name: string; readonly namespace: string; readonly aws?: object }[];
  /** By namespace, the ARNs of entries of other namespaces that it reads. */
  readonly sharedSecrets: ReadonlyMap<string, readonly string[]>;
  /** The zones that external-dns writes: what everybody sees, and what only the VPC does. */
  readonly zones: { readonly open: string; readonly internal: string };
  /** Names of the groups that the cluster autoscaler may change. */
  readonly autoscalingGroups: readonly string[];
}

/** A role for each program that speaks with AWS, with what it does and no more. */
export class Identities extends Construct {
  /** Namespace to the role that its SecretStore assumes. */
  public readonly secretStores: Readonly<Record<string, string>>;
  /** The role of the EBS driver, which asks for it when it starts. */
  public readonly volumes: EksPodIdentityAssociation;

  constructor(
    scope: Construct,
    id: string,
    private readonly settings: Cluster,
    private readonly props: IdentitiesProps,
  ) {
    super(scope, id);
    this.loadBalancers();
    this.rollouts();
    this.records();
    this.nodes();
    this.volumes = this.volumesOfPods();
    this.builds();
    this.backups();
    for (const environment of props.environments) if (environment.aws) this.apps(environment);
    this.secretStores = this.secrets();
  }

  private loadBalancers(): void {
    this.pods('aws-load-balancer-controller', {
      namespace: addOns['aws-load-balancer-controller'].namespace,
      serviceAccount: 'aws-load-balancer-controller',
      purpose: 'Makes load balancers of Ingresses',
      statements: loadBalancerPolicy(this.settings, this.props.account),
    });
  }

  /** Argo Rollouts looks whether a load balancer does what an Ingress says, and changes nothing. */
  private rollouts(): void {
    this.pods('argo-rollouts', {
      namespace: addOns['argo-rollouts'].namespace,
      serviceAccount: 'argo-rollouts',
      purpose: 'Asks where load balancers send requests',
      statements: [
        {
          // Those that its page on ALB names (docs/features/traffic-management/alb.md of release 1.9.1). AWS has no narrower
          // resource for any of them.
          actions: [
            'elasticloadbalancing:DescribeListeners',
            'elasticloadbalancing:DescribeLoadBalancers',
            'elasticloadbalancing:DescribeRules',
            'elasticloadbalancing:DescribeTags',
            'elasticloadbalancing:DescribeTargetGroups',
            'elasticloadbalancing:DescribeTargetHealth',
          ],
          resources: ['*'],
        },
      ],
    });
  }

  private records(): void {
    const zone = (id: string) => `arn:aws:route53:::hostedzone/${id}`;
    const { internalZone } = this.settings.aws.dns;
    const [open, internal] = [zone(this.props.zones.open), zone(this.props.zones.internal)];
    this.pods('external-dns', {
      namespace: addOns['external-dns'].namespace,
      serviceAccount: 'external-dns',
      purpose: 'Points hosts at load balancers',
      statements: [
        {
          actions: [
            'route53:ChangeResourceRecordSets',
            'route53:ListResourceRecordSets',
            'route53:ListTagsForResources',
          ],
          resources: [open, internal],
        },
        {
          // Whatever it is told: no name of the internal zone stands in the public one.
          effect: 'Deny',
          actions: ['route53:ChangeResourceRecordSets'],
          resources: [open],
          when: [
            [
              'ForAnyValue:StringLike',
              'route53:ChangeResourceRecordSetsNormalizedRecordNames',
              internalZone,
              `*.${internalZone}`,
            ],
          ],
        },
        // Route 53 has no narrower resource for a list.
        { actions: ['route53:ListHostedZones'], resources: ['*'] },
      ],
    });
  }

  private nodes(): void {
    const { region, name } = this.settings;
    const { account, autoscalingGroups } = this.props;
    this.pods('cluster-autoscaler', {
      namespace: addOns['cluster-autoscaler'].namespace,
      serviceAccount: 'cluster-autoscaler',
      purpose: 'Adds and removes nodes',
      statements: [
        {
          actions: ['autoscaling:SetDesiredCapacity', 'autoscaling:TerminateInstanceInAutoScalingGroup'],
          resources: autoscalingGroups.map(
            (group) => `arn:aws:autoscaling:${region}:${account}:autoScalingGroup:*:autoScalingGroupName/${group}`,
          ),
        },
        {
          actions: ['eks:DescribeNodegroup'],
          resources: [`arn:aws:eks:${region}:${account}:nodegroup/${name}/*/*`],
        },
        {
          // AWS has no narrower resource for any of these.
          actions: [
            'autoscaling:DescribeAutoScalingGroups',
            'autoscaling:DescribeAutoScalingInstances',
            'autoscaling:DescribeLaunchConfigurations',
            'autoscaling:DescribeScalingActivities',
            'autoscaling:DescribeTags',
            'ec2:DescribeImages',
            'ec2:DescribeInstanceTypes',
            'ec2:DescribeLaunchTemplateVersions',
            'ec2:GetInstanceTypesFromInstanceRequirements',
          ],
          resources: ['*'],
        },
      ],
    });
  }

  private volumesOfPods(): EksPodIdentityAssociation {
    return this.pods('ebs-csi', {
      namespace: 'kube-system',
      serviceAccount: 'ebs-csi-controller-sa',
      purpose: 'Makes and attaches volumes',
      // Volumes and snapshots with this cluster's tag, and its instances: by the tag that Pod Identity gives the session. The
      // driver sets the tag since 1.58 (its docs/tagging.md), as EKS starts it.
      managedPolicy: 'AmazonEBSCSIDriverEKSClusterScopedPolicy',
    }).association;
  }

  private builds(): void {
    const { jenkins, preview, region, system } = this.settings;
    const read = ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];
    const push = [
      ...read,
      'ecr:CompleteLayerUpload',
      'ecr:InitiateLayerUpload',
      'ecr:PutImage',
      'ecr:UploadLayerPart',
    ];
    const on = (actions: readonly string[], ...repositories: string[]) => ({
      actions,
      resources: repositories.map((name) => `arn:aws:ecr:${region}:${this.props.account}:repository/${name}`),
    });
    // The password is the registry's, and a registry is not a resource.
    const login = { actions: ['ecr:GetAuthorizationToken'], resources: ['*'] };
    const { cacheRepository } = jenkins.agents.docker;
    this.pods('builder', {
      namespace: buildNamespace,
      serviceAccount: agentAccounts(this.settings.system).builder,
      purpose: 'Pushes images and the build cache',
      statements: [on(push, system.name, cacheRepository), login],
    });
    if (preview)
      this.pods('preview-builder', {
        namespace: buildNamespace,
        serviceAccount: agentAccounts(this.settings.system).previewBuilder,
        purpose: 'Pushes what pull requests build, and reads the build cache',
        statements: [on(push, preview.repository), on(read, cacheRepository), login],
      });
  }

  private backups(): void {
    const { region } = this.settings;
    const { account } = this.props;
    const snapshots = `arn:aws:ec2:${region}::snapshot/*`;
    this.pods('jenkins-backup', {
      namespace: 'backup',
      serviceAccount: 'jenkins-backup',
      purpose: "Snapshots of Jenkins' volume",
      statements: [
        {
          actions: ['ec2:CreateSnapshot'],
          resources: [`arn:aws:ec2:${region}:${account}:volume/*`],
          when: [
            ['StringEquals', 'aws:ResourceTag/kubernetes.io/created-for/pvc/namespace', jenkinsNamespace],
            ['StringEquals', 'aws:ResourceTag/kubernetes.io/created-for/pvc/name', homeClaim],
          ],
        },
        {
          actions: ['ec2:CreateSnapshot'],
          resources: [snapshots],
          when: [['StringEquals', 'aws:RequestTag/backup', homeClaim]],
        },
        {
          actions: ['ec2:CreateTags'],
          resources: [snapshots],
          when: [['StringEquals', 'ec2:CreateAction', 'CreateSnapshot']],
        },
        {
          actions: ['ec2:DeleteSnapshot'],
          resources: [snapshots],
          when: [['StringEquals', 'aws:ResourceTag/backup', homeClaim]],
        },
        // EC2 describes everything or nothing.
        { actions: ['ec2:DescribeSnapshots', 'ec2:DescribeVolumes'], resources: ['*'] },
      ],
    });
  }

  /** The app of an environment whose data is AWS'. */
  private apps(environment: { readonly name: string; readonly namespace: string }): void {
    const { region, system } = this.settings;
    const { prefix } = system;
    const { account } = this.props;
    const { name, namespace } = environment;
    const uploads = `arn:aws:s3:::${bucketName(this.settings, 'uploads', account)}`;
    const assets = `arn:aws:s3:::${bucketName(this.settings, 'assets', account)}`;
    for (const app of ['web', 'sidekiq', 'console'])
      this.pods(`${name}-${app}`, {
        namespace,
        serviceAccount: `${prefix}-${app}`,
        purpose: 'Keeps what students upload',
        statements: [
          {
            actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'],
            resources: [`${uploads}/*`],
          },
          { actions: ['s3:ListBucket'], resources: [uploads] },
        ],
      });
    this.pods(`${name}-assets`, {
      namespace,
      serviceAccount: `${prefix}-assets`,
      purpose: 'Puts the assets of an image where the CDN reads them',
      statements: [
        { actions: ['s3:PutObject', 's3:AbortMultipartUpload'], resources: [`${assets}/assets/*`] },
        {
          // `aws s3 sync` compares with what is there.
          actions: ['s3:ListBucket'],
          resources: [assets],
          when: [['StringLike', 's3:prefix', 'assets/*', 'assets']],
        },
      ],
    });
    const database = dataNames(this.settings, environment).database;
    const rds = `arn:aws:rds:${region}:${account}`;
    const snapshots = `${rds}:snapshot:${snapshotPrefix(database)}*`;
    const { key, value } = snapshotTag;
    this.pods(`${name}-migrations`, {
      namespace,
      serviceAccount: `${prefix}-migrations`,
      purpose: 'Takes a snapshot before a migration, and deletes the oldest of them',
      statements: [
        {
          actions: ['rds:CreateDBSnapshot'],
          resources: [`${rds}:db:${database}`, snapshots],
          when: [['StringEquals', `aws:RequestTag/${key}`, value]],
        },
        {
          actions: ['rds:AddTagsToResource'],
          resources: [snapshots],
          when: [['StringEquals', `aws:RequestTag/${key}`, value]],
        },
        {
          actions: ['rds:DeleteDBSnapshot'],
          resources: [snapshots],
          when: [['StringEquals', `aws:ResourceTag/${key}`, value]],
        },
        // All of the region are counted: they share its quota.
        { actions: ['rds:DescribeDBSnapshots'], resources: [`${rds}:db:${database}`, `${rds}:snapshot:*`] },
      ],
    });
  }

  /**
   * External Secrets logs in as itself and then assumes the role of the namespace, which reads one prefix, and what others
   * share with it, entry by entry.
   */
  private secrets(): Record<string, string> {
    const { region } = this.settings;
    const { account, encryption, environments, sharedSecrets } = this.props;
    const namespaces = [...environments.map(({ namespace }) => namespace), ...clusterNamespaces];
    const called = resourceNames(this.settings);
    const arn = (namespace: string) => `arn:aws:iam::${account}:role/${called.role(`secrets-${namespace}`)}`;
    const controller = this.pods('external-secrets', {
      namespace: addOns['external-secrets'].namespace,
      serviceAccount: 'external-secrets',
      purpose: 'Assumes the role of a SecretStore',
      // Pod Identity tags the session, and the tags go with it when the next role is assumed.
      statements: [{ actions: ['sts:AssumeRole', 'sts:TagSession'], resources: namespaces.map(arn) }],
    });
    return Object.fromEntries(
      namespaces.map((namespace) => {
        const store = new Construct(this, `secrets-${namespace}`);
        const role = new IamRole(store, 'role', {
          name: called.role(`secrets-${namespace}`),
          description: `Reads the secrets of namespace ${namespace}`,
          assumeRolePolicy: policy(store, 'trust', [
            {
              actions: ['sts:AssumeRole', 'sts:TagSession'],
              principal: { type: 'AWS', names: [controller.role.arn] },
            },
          ]),
        });
        const own = `arn:aws:secretsmanager:${region}:${account}:secret:${secretPrefix(this.settings.system, namespace)}/*`;
        const secrets = [own, ...(sharedSecrets.get(namespace) ?? [])];
        new IamRolePolicy(store, 'policy', {
          role: role.name,
          name: 'read-secrets',
          policy: policy(store, 'permissions', [
            { actions: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'], resources: secrets },
            {
              actions: ['kms:Decrypt'],
              resources: [encryption.keyArn],
              when: [
                ['StringEquals', 'kms:ViaService', `secretsmanager.${region}.amazonaws.com`],
                ['StringLike', 'kms:EncryptionContext:SecretARN', ...secrets],
              ],
            },
          ]),
        });
        return [namespace, role.arn];
      }),
    );
  }

  private pods(id: string, props: PodIdentityProps): PodIdentity {
    return new PodIdentity(this, id, this.settings, this.props.cluster, props);
  }
}
