import { EcrLifecyclePolicy } from '@cdktn/provider-aws/lib/ecr-lifecycle-policy';
import { EcrRepository } from '@cdktn/provider-aws/lib/ecr-repository';
import { Construct } from 'constructs';
import type { Cluster } from '../charts/environments/environment';

/** Where images are pushed: tags that never move, but for the build cache, and an end for what nobody pulls. */
export class Registries extends Construct {
  /** Repository name to its address. */
  public readonly urls: Readonly<Record<string, string>>;

  constructor(scope: Construct, id: string, { aws }: { readonly aws: Pick<Cluster['aws'], 'repositories'> }) {
    super(scope, id);
    this.urls = Object.fromEntries(
      Object.entries(aws.repositories).map(([name, { keep, mutable }]) => [
        name,
        keptRepository(this, name, {
          imageTagMutability: mutable ? 'MUTABLE' : 'IMMUTABLE',
          // Production pulls from here: a repository with images is not removed by mistake.
          forceDelete: false,
          rules: [
            ['What a moved tag left behind', untaggedForADay],
            ['All but the newest', newest(keep)],
          ],
        }).repositoryUrl,
      ]),
    );
  }
}

interface Kept {
  readonly imageTagMutability: 'MUTABLE' | 'IMMUTABLE';
  readonly forceDelete: boolean;
  /** What goes, in words and as ECR selects it; the first that selects an image counts. */
  readonly rules: readonly (readonly [string, object])[];
}

/** A repository that does not grow without end. */
export function keptRepository(scope: Construct, name: string, { rules, ...how }: Kept): EcrRepository {
  const repository = new EcrRepository(scope, name, {
    name,
    imageScanningConfiguration: { scanOnPush: true },
    encryptionConfiguration: [{ encryptionType: 'AES256' }],
    ...how,
  });
  new EcrLifecyclePolicy(scope, `${name}-lifecycle`, {
    repository: repository.name,
    policy: JSON.stringify({
      rules: rules.map(([description, selection], i) => ({
        rulePriority: i + 1,
        description,
        selection,
        action: { type: 'expire' },
      })),
    }),
  });
  return repository;
}

const untaggedForADay = {
  tagStatus: 'untagged',
  countType: 'sinceImagePushed',
  countUnit: 'days',
  countNumber: 1,
};

export function newest(keep: number): object {
  return { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: keep };
}
