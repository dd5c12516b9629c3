import { AwsProvider } from '@cdktn/provider-aws/lib/provider';
import { TerraformBackend, TerraformElement, type TerraformRemoteState, TerraformStack } from 'cdktn';
import type { Construct, Node } from 'constructs';
import type { Cluster } from '../../charts/environments/environment';

/** The oldest version of Terraform and of OpenTofu that will do. */
const oldest = '>=1.11.0';

/**
 * What every stack has: the provider with the tags of the bill, and the place of the state. A resource is called by its
 * path (`network_vpc`), so that a plan reads like the source and moving a file moves nothing in the state.
 */
export abstract class AwsStack extends TerraformStack {
  constructor(
    scope: Construct,
    name: string,
    cluster: Pick<Cluster, 'name' | 'region'> & { readonly aws: Pick<Cluster['aws'], 'tags'> },
  ) {
    super(scope, name);
    // Write-only arguments, which keep generated passwords out of the state, came with 1.11 of both programs.
    this.node.setContext('targetVersions', { terraform: oldest, opentofu: oldest });
    this.addOverride('terraform.required_version', oldest);
    new S3State(this, `${cluster.name}/${name}.tfstate`);
    new AwsProvider(this, 'aws', {
      region: cluster.region,
      defaultTags: [{ tags: { ...cluster.aws.tags, stack: name } }],
    });
  }

  protected override allocateLogicalId(element: TerraformElement | Node): string {
    const node = TerraformElement.isTerraformElement(element) ? element.node : (element as Node);
    const scopes = node.scopes.slice(node.scopes.indexOf(this) + 1);
    return scopes.map(({ node }) => node.id.replace(/\W/g, '_')).join('_');
  }
}

/**
 * The state in S3, whose lock is a file beside it. Bucket and region are the account's and come from a file at `init`;
 * the key is ours, because two stacks that were given one key would overwrite each other.
 */
class S3State extends TerraformBackend {
  constructor(
    scope: Construct,
    private readonly key: string,
  ) {
    super(scope, 'state', 's3');
  }

  protected override synthesizeAttributes() {
    return { key: this.key, encrypt: true, use_lockfile: true };
  }

  /** @throws Error always: the stacks find each other's resources by name, and no state is read by another stack */
  public override getRemoteStateDataSource(): TerraformRemoteState {
    throw new Error('no stack reads the state of another one; look the resource up by its name');
  }
}
