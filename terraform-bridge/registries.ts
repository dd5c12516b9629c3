import { EcrLifecyclePolicy } from '@cdktn/provider-aws/lib/ecr-lifecycle-policy';
import { EcrRepository } from '@cdktn/provider-aws/lib/ecr-repository';
import { Construct } from 'constructs';
import type { Cluster } from '../charts/environments/environment';

/** Where images are pushed: tags that never move, but for the build cache, and an end for what nobody pulls. */
export class Registries extends Construct {
  /** Repository name to its address. */
  public readonly urls: Readonly<Record<string, string>>;

  constructor(scope: Construct, id: string, { aws }: Cluster) {
    super(scope, id);
    this.urls = Object.fromEntries(
      Object.entries(aws.repositories).map(([name, { keep, mutable }]) => {
        const repository = new EcrRepository(this, name, {
          name,
          imageTagMutability: mutable ? 'MUTABLE' : 'IMMUTABLE',
          imageScanningConfiguration: { scanOnPush: true },
          encryptionConfiguration: [{ encryptionType: 'AES256' }],
          // Production pulls from here: a repository with images is not removed by mistake.
          forceDelete: false,
        });
        new EcrLifecyclePolicy(this, `${name}-lifecycle`, {
          repository: repository.name,
          policy: JSON.stringify({ rules: lifecycle(keep) }),
        });
        return [name, repository.repositoryUrl];
      }),
    );
  }
}

function lifecycle(keep: number) {
  const rule = (rulePriority: number, description: string, selection: object) => ({
    rulePriority,
    description,
    selection,
    action: { type: 'expire' },
  });
  return [
    rule(1, 'What a moved tag left behind', {
      tagStatus: 'untagged',
      countType: 'sinceImagePushed',
      countUnit: 'days',
      countNumber: 1,
    }),
    rule(2, 'All but the newest', { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: keep }),
  ];
}
