import { stringify } from 'yaml';
import { platformVersion } from './fargate-service';

/** By what CodePipeline finds the image in a task definition: "CodeDeploy to ECS" in its guide. */
const placeholder = 'IMAGE1_NAME';

/** What the action that deploys takes from the one that builds. */
export const builtFiles = {
  image: 'imageDetail.json',
  appspec: 'appspec.yaml',
  taskDefinition: 'taskdef.json',
  placeholder,
} as const;

/** The part of a registered task definition that can be registered again. */
const registrable = [
  ...['family', 'taskRoleArn', 'executionRoleArn', 'networkMode', 'containerDefinitions', 'volumes'],
  ...['requiresCompatibilities', 'cpu', 'memory', 'runtimePlatform'],
];

export interface BuildSpecificationProps {
  /** Whose image is built. */
  readonly container: string;
  readonly entrance: { readonly container: string; readonly port: number };
  readonly capacity: string;
}

/** What CodeDeploy is told: "AppSpec file structure for Amazon ECS deployments". */
export function appSpecification({ entrance, capacity }: BuildSpecificationProps): string {
  const properties = {
    TaskDefinition: '<TASK_DEFINITION>',
    LoadBalancerInfo: { ContainerName: entrance.container, ContainerPort: entrance.port },
    PlatformVersion: platformVersion,
    CapacityProviderStrategy: [{ CapacityProvider: capacity, Base: 0, Weight: 1 }],
  };
  return stringify({
    version: 0,
    Resources: [{ TargetService: { Type: 'AWS::ECS::Service', Properties: properties } }],
  });
}

/**
 * `buildspec.yml` of the build: an image whose tag is its commit and build, and the newest task definition with it. That is
 * Terraform's where it has changed since, and else the one that runs.
 */
export function buildSpecification(props: BuildSpecificationProps): string {
  const { container } = props;
  const chosen = `{${registrable.join(', ')}} | with_entries(select(.value != null))`;
  const image = `(.containerDefinitions[] | select(.name == "${container}").image) = "<${placeholder}>"`;
  return specification({
    commands: [
      'tag=$(printf %.7s "$CODEBUILD_RESOLVED_SOURCE_VERSION")-$CODEBUILD_BUILD_NUMBER',
      login,
      'docker build --tag "$REPOSITORY:$tag" .',
      'docker push "$REPOSITORY:$tag"',
      // A tag of the repository never moves, but a digest is what runs.
      `digest=$(aws ecr describe-images --repository-name "$(basename "$REPOSITORY")" --image-ids imageTag="$tag" --query "imageDetails[0].imageDigest" --output text)`,
      `printf '{"ImageURI":"%s"}' "$REPOSITORY:$tag@$digest" >${builtFiles.image}`,
      'aws ecs describe-task-definition --task-definition "$FAMILY" --query taskDefinition --output json >registered.json',
      `jq '${chosen} | ${image}' registered.json >${builtFiles.taskDefinition}`,
      `cat >${builtFiles.appspec} <<'END'\n${appSpecification(props)}END\n`,
    ],
    files: [builtFiles.image, builtFiles.appspec, builtFiles.taskDefinition],
  });
}

/** The same of a command that the new image runs before it serves: its migrations. `COMMAND` is for a shell. */
export function runSpecification(variables: readonly string[]): string {
  const passed = variables.map((name) => `--env ${name}`).join(' ');
  return specification({
    commands: [
      login,
      `docker run --rm ${passed} --entrypoint sh "$(jq -r .ImageURI ${builtFiles.image})" -ec "$COMMAND"`,
    ],
  });
}

const login =
  'aws ecr get-login-password | docker login --username AWS --password-stdin "$(dirname "$REPOSITORY")"';

function specification({ commands, files }: { commands: readonly string[]; files?: readonly string[] }): string {
  return stringify(
    {
      version: 0.2,
      // A pipe that fails in its first half has failed.
      env: { shell: 'bash' },
      phases: { build: { 'on-failure': 'ABORT', commands: ['set -o pipefail', ...commands] } },
      ...(files && { artifacts: { files } }),
    },
    { lineWidth: 0 },
  );
}
