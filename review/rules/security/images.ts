import { type ImageReference, parseReference } from '../../model/images';
import type { ContainerSpec } from '../../model/kinds';
import { ofContainers, type Rule, type Subject } from '../../rule';

/** Where images may come from. */
interface Registry {
  readonly name: string;
  /** Absent: all of it. */
  readonly repositories?: readonly string[];
  readonly why: string;
}

/** Beside the account's own registry, which is the one of Terraform's outputs. */
export const registries: readonly Registry[] = [
  {
    name: 'docker.io',
    repositories: ['library/', 'jenkins/', 'moby/'],
    why: 'official images, and those that Jenkins and BuildKit publish there by their digests',
  },
  { name: 'ghcr.io', repositories: ['cloudnative-pg/'], why: 'the PgBouncer image of CloudNativePG' },
  {
    name: 'public.ecr.aws',
    repositories: ['aws-cli/', 'datadog/', 'docker/', 'eks/'],
    why: 'Datadog’s own mirror, Docker’s of the official images, and AWS’s',
  },
  { name: 'quay.io', repositories: ['argoproj/'], why: 'Argo publishes there' },
  { name: 'registry.k8s.io', why: 'Kubernetes’ own' },
];

const own = /^\d{12}\.dkr\.ecr\.[\w-]+\.amazonaws\.com(\.cn)?$/;

function images({
  told,
  ...words
}: Omit<Rule, 'check'> & {
  told: (image: ImageReference, container: ContainerSpec, subject: Subject) => string | undefined;
}): Rule {
  return ofContainers({
    ...words,
    *judge(container, _, subject) {
      const message = container.image && told(parseReference(container.image), container, subject);
      if (message) yield [message, 'image'];
    },
  });
}

export const imageRegistry = images({
  id: 'image-registry',
  level: 'high',
  title: 'Images come from the account’s own registry, or from one of a short list.',
  why: 'Whoever may push to a registry, or takes over an expired name there, can run programs in the cluster.',
  fix: 'Copy the image into the account’s ECR, or add the registry with its reason to `registries` in review/rules/security/images.ts.',
  told: ({ registry, repository }, _, { settings }) => {
    if (own.test(registry))
      return registry.startsWith(`${settings.outputs.account_id}.`) ? undefined : `${registry} is another account`;
    const known = registries.find(({ name }) => name === registry);
    if (!known) return `${registry} is none of the registries`;
    const allowed = !known.repositories || known.repositories.some((each) => repository.startsWith(each));
    return allowed ? undefined : `${registry}/${repository} is none of ${known.repositories?.join(', ')}`;
  },
});

export const imageTag = images({
  id: 'image-tag',
  level: 'high',
  title: 'Every image has a tag of its own, or a digest, and never `latest`.',
  why: 'Two nodes may run two versions under one name, and a rollback to yesterday’s manifest does not bring back yesterday’s program.',
  fix: 'Write the tag of a release, and its digest where it is known.',
  told: ({ tag, digest }) => {
    if (tag === 'latest') return 'latest is whatever was pushed last';
    return tag || digest ? undefined : 'has no tag: that is latest';
  },
});

export const imageDigest = images({
  id: 'image-digest',
  level: 'high',
  title: 'Images from the account’s own registry are pinned by their digest.',
  why: 'The digest names exactly what was tested in staging. What a tag names depends on the registry’s settings.',
  fix: 'Use `npm run promote`, which writes tag and digest.',
  told: ({ registry, digest }) => (own.test(registry) && !digest ? 'has no digest' : undefined),
});

export const imagePullPolicy = images({
  id: 'image-pull-policy',
  level: 'info',
  title: 'An image without a digest is pulled each time.',
  why: 'A tag that was moved names another image on the next node. With a digest the policy is useless: the content cannot differ, and an unreachable registry would stop the pod.',
  fix: 'Pin the image by its digest; where that is not known, set `imagePullPolicy: Always`.',
  told: ({ digest }, { imagePullPolicy = 'IfNotPresent' }) =>
    digest || imagePullPolicy === 'Always' ? undefined : `is a tag, and pulled ${imagePullPolicy}`,
});
