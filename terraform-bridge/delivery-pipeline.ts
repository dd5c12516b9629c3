import { CloudwatchLogGroup } from '@cdktn/provider-aws/lib/cloudwatch-log-group';
import { CodebuildProject } from '@cdktn/provider-aws/lib/codebuild-project';
import { CodeconnectionsConnection } from '@cdktn/provider-aws/lib/codeconnections-connection';
import { Codepipeline } from '@cdktn/provider-aws/lib/codepipeline';
import { IamRole } from '@cdktn/provider-aws/lib/iam-role';
import { IamRolePolicy } from '@cdktn/provider-aws/lib/iam-role-policy';
import { Construct } from 'constructs';
import type { BlueGreen } from './blue-green';
import type { Bucket } from './bucket';
import {
  type BuildSpecificationProps,
  buildSpecification,
  builtFiles,
  runSpecification,
} from './build-specification';
import type { FargateService } from './fargate-service';
import { type NamedCluster, resourceNames } from './names';
import type { Network } from './network';
import { policy, type Statement, trust } from './policy';

export interface DeliveryPipelineProps extends BuildSpecificationProps {
  readonly region: string;
  readonly account: string;
  readonly network: Network;
  readonly service: FargateService;
  readonly deployment: BlueGreen;
  readonly artifacts: Bucket;
  readonly keyArn: string;
  readonly logRetention: number;
  /** At GitHub, as a person writes it. */
  readonly repository: string;
  readonly branch: string;
  /** What builds, and how large it is. */
  readonly image: string;
  readonly compute: string;
  readonly architecture: 'ARM64' | 'X86_64';
  /** Where the image is pushed. */
  readonly registry: { readonly url: string; readonly arn: string };
  /** What the new image runs before it serves, with what it is given: plain, and keys of entries. */
  readonly before: {
    readonly command: string;
    readonly securityGroupId: string;
    readonly plain: Readonly<Record<string, string>>;
    /** `entry:key`. */
    readonly secret: Readonly<Record<string, string>>;
    readonly secretArns: readonly string[];
  };
}

/** From a commit at GitHub to tasks that serve it: source, build, deploy. */
export class DeliveryPipeline extends Construct {
  private readonly name: string;

  constructor(
    scope: Construct,
    id: string,
    private readonly named: NamedCluster,
    private readonly props: DeliveryPipelineProps,
  ) {
    super(scope, id);
    this.name = named.name;
    const { artifacts, region, account, deployment, service, before } = props;
    // A person confirms it once, in the console: GitHub asks who may read the repository.
    const connection = new CodeconnectionsConnection(this, 'github', { name: this.name, providerType: 'GitHub' });
    const build = this.project(
      'build',
      buildSpecification(props),
      { REPOSITORY: props.registry.url, FAMILY: this.name },
      [
        {
          actions: [
            ...pulls,
            'ecr:CompleteLayerUpload',
            'ecr:DescribeImages',
            'ecr:InitiateLayerUpload',
            'ecr:PutImage',
            'ecr:UploadLayerPart',
          ],
          resources: [props.registry.arn],
        },
        // AWS has no narrower resource for it.
        { actions: ['ecs:DescribeTaskDefinition'], resources: ['*'] },
      ],
    );
    const given = [...Object.keys(before.plain), ...Object.keys(before.secret)].sort();
    const migrate = this.project(
      'migrate',
      runSpecification(given),
      { ...before.plain, REPOSITORY: props.registry.url, COMMAND: before.command },
      [
        { actions: pulls, resources: [props.registry.arn] },
        { actions: ['secretsmanager:GetSecretValue'], resources: before.secretArns },
        { actions: ['kms:Decrypt'], resources: [props.keyArn] },
        {
          // "Allow CodeBuild access to AWS services required to create a VPC network interface".
          actions: [
            'ec2:DescribeDhcpOptions',
            'ec2:DescribeNetworkInterfaces',
            'ec2:DescribeSecurityGroups',
            'ec2:DescribeSubnets',
            'ec2:DescribeVpcs',
          ],
          resources: ['*'],
        },
        {
          actions: ['ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface'],
          resources: ['network-interface', 'subnet', 'security-group'].map(
            (kind) => `arn:aws:ec2:${region}:${account}:${kind}/*`,
          ),
        },
        {
          actions: ['ec2:CreateNetworkInterfacePermission'],
          resources: [`arn:aws:ec2:${region}:${account}:network-interface/*`],
          when: [['StringEquals', 'ec2:AuthorizedService', 'codebuild.amazonaws.com']],
        },
      ],
    );
    const role = this.role('pipeline', 'codepipeline.amazonaws.com', 'Brings a commit to the service', [
      this.keeps(artifacts),
      { actions: ['s3:GetBucketVersioning'], resources: [artifacts.arn] },
      { actions: ['codeconnections:UseConnection'], resources: [connection.arn] },
      { actions: ['codebuild:StartBuild', 'codebuild:BatchGetBuilds'], resources: [build.arn, migrate.arn] },
      {
        actions: [
          'codedeploy:CreateDeployment',
          'codedeploy:GetApplication',
          'codedeploy:GetApplicationRevision',
          'codedeploy:GetDeployment',
          'codedeploy:GetDeploymentConfig',
          'codedeploy:RegisterApplicationRevision',
        ],
        resources: [
          deployment.app.arn,
          deployment.group.arn,
          `arn:aws:codedeploy:${region}:${account}:deploymentconfig:*`,
        ],
      },
      {
        actions: ['ecs:RegisterTaskDefinition', 'ecs:TagResource'],
        resources: [`arn:aws:ecs:${region}:${account}:task-definition/${this.name}:*`],
      },
      {
        actions: ['iam:PassRole'],
        resources: service.roles.map(({ arn }) => arn),
        when: [['StringEquals', 'iam:PassedToService', 'ecs-tasks.amazonaws.com']],
      },
    ]);
    const action = (name: string, category: string, provider: string, configuration: Record<string, string>) => ({
      name,
      category,
      owner: 'AWS',
      provider,
      version: '1',
      configuration,
    });
    new Codepipeline(this, 'pipeline', {
      name: this.name,
      pipelineType: 'V2',
      // A newer commit waits for the one that is being deployed, and takes the place of those that wait.
      executionMode: 'SUPERSEDED',
      roleArn: role.arn,
      artifactStore: [{ location: artifacts.name, type: 'S3' }],
      stage: [
        {
          name: 'Source',
          action: [
            {
              ...action('GitHub', 'Source', 'CodeStarSourceConnection', {
                ConnectionArn: connection.arn,
                FullRepositoryId: props.repository.replace(/^https:\/\/github\.com\//, '').replace(/\.git$/, ''),
                BranchName: props.branch,
                DetectChanges: 'true',
              }),
              outputArtifacts: ['source'],
            },
          ],
        },
        {
          name: 'Build',
          action: [
            {
              ...action('Image', 'Build', 'CodeBuild', { ProjectName: build.name }),
              inputArtifacts: ['source'],
              outputArtifacts: ['built'],
            },
          ],
        },
        {
          name: 'Deploy',
          action: [
            {
              ...action('Migrate', 'Build', 'CodeBuild', { ProjectName: migrate.name }),
              inputArtifacts: ['built'],
              runOrder: 1,
            },
            {
              ...action('BlueGreen', 'Deploy', 'CodeDeployToECS', {
                ApplicationName: deployment.app.name,
                DeploymentGroupName: deployment.group.deploymentGroupName,
                TaskDefinitionTemplateArtifact: 'built',
                TaskDefinitionTemplatePath: builtFiles.taskDefinition,
                AppSpecTemplateArtifact: 'built',
                AppSpecTemplatePath: builtFiles.appspec,
                Image1ArtifactName: 'built',
                Image1ContainerName: builtFiles.placeholder,
              }),
              inputArtifacts: ['built'],
              runOrder: 2,
            },
          ],
        },
      ],
    });
  }

  private project(
    of: 'build' | 'migrate',
    buildspec: string,
    plain: Readonly<Record<string, string>>,
    statements: readonly Statement[],
  ): CodebuildProject {
    const { props, name } = this;
    const logs = new CloudwatchLogGroup(this, `${of}-logs`, {
      name: `/codebuild/${name}/${of}`,
      retentionInDays: props.logRetention,
      kmsKeyId: props.keyArn,
    });
    const role = this.role(of, 'codebuild.amazonaws.com', `What CodeBuild does to ${of}`, [
      { actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [`${logs.arn}:*`] },
      this.keeps(props.artifacts),
      // The password is the registry's, and a registry is not a resource.
      { actions: ['ecr:GetAuthorizationToken'], resources: ['*'] },
      ...statements,
    ]);
    const variable =
      (type: string) =>
      ([name, value]: [string, string]) => ({ name, type, value });
    return new CodebuildProject(this, of, {
      name: `${name}-${of}`,
      serviceRole: role.arn,
      buildTimeout: 60,
      queuedTimeout: 60,
      concurrentBuildLimit: 1,
      source: { type: 'CODEPIPELINE', buildspec },
      artifacts: { type: 'CODEPIPELINE' },
      environment: {
        type: props.architecture === 'ARM64' ? 'ARM_CONTAINER' : 'LINUX_CONTAINER',
        computeType: props.compute,
        image: props.image,
        // Docker in a build asks for it.
        privilegedMode: true,
        environmentVariable: [
          ...Object.entries(plain).map(variable('PLAINTEXT')),
          ...(of === 'migrate' ? Object.entries(props.before.secret).map(variable('SECRETS_MANAGER')) : []),
        ],
      },
      cache: of === 'build' ? { type: 'LOCAL', modes: ['LOCAL_DOCKER_LAYER_CACHE'] } : undefined,
      logsConfig: { cloudwatchLogs: { groupName: logs.name, status: 'ENABLED' } },
      vpcConfig:
        of === 'migrate'
          ? {
              vpcId: props.network.vpc.id,
              subnets: props.network.privateSubnets.map(({ id }) => id),
              securityGroupIds: [props.before.securityGroupId],
            }
          : undefined,
    });
  }

  private role(of: string, service: string, description: string, statements: readonly Statement[]): IamRole {
    const parts = new Construct(this, `${of}-role`);
    const role = new IamRole(parts, 'role', {
      name: resourceNames(this.named).role(of),
      description,
      assumeRolePolicy: trust(parts, service),
    });
    new IamRolePolicy(parts, 'policy', {
      role: role.name,
      name: of,
      policy: policy(parts, 'permissions', statements),
    });
    return role;
  }

  private keeps({ arn }: Bucket): Statement {
    return { actions: ['s3:GetObject', 's3:GetObjectVersion', 's3:PutObject'], resources: [`${arn}/*`] };
  }
}

const pulls = ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];
