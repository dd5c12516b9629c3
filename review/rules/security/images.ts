import { systemFacts } from '../../../charts/facts';
import { type ImageReference, parseReference } from '../../model/images';
import type { ContainerSpec } from '../../model/kinds';
import type { Rule, Subject } from '../../rule';
import { ofContainers, type RuleId } from '../../rule-of';
import table from './registries.json';

/** Where images may come from. */
interface Registry {
  readonly name: string;
  /** Absent: all of it. */
  readonly repositories?: readonly string[];
  readonly why: string;
  /** What it lets whoever shows no account pull. */
  readonly limit?: string;
}

/** Beside the account's own registry, which is the one of Terraform's outputs. */
export const registries: readonly Registry[] = table;

const own = /^\d{12}\.dkr\.ecr\.[\w-]+\.amazonaws\.com(\.cn)?$/;

function images(
  id: RuleId,
  told: (image: ImageReference, container: ContainerSpec, subject: Subject) => string | undefined,
): Rule {
  return ofContainers(id, function* (container, _, subject) {
    const message = container.image && told(parseReference(container.image), container, subject);
    if (message) yield [message, 'image'];
  });
}

export const imageRegistry = images('image-registry', ({ registry, repository }, _, { settings }) => {
  let [of, path] = [registry, repository];
  if (own.test(registry)) {
    if (!registry.startsWith(`${systemFacts(settings).account}.`)) return `${registry} is another account`;
    const copied = Object.entries(systemFacts(settings).cluster.aws.pullThrough).find(([, { prefix }]) =>
      repository.startsWith(`${prefix}/`),
    );
    if (!copied) return undefined;
    [of, path] = [copied[0], repository.slice(copied[1].prefix.length + 1)];
  }
  const known = registries.find(({ name }) => name === of);
  if (!known) return `${of} is none of the registries`;
  const allowed = !known.repositories || known.repositories.some((each) => path.startsWith(each));
  return allowed ? undefined : `${of}/${path} is none of ${known.repositories?.join(', ')}`;
});

/** What of these comes from a registry that counts, so that a new node may wait for hours. */
export function* counted(images: readonly string[]): Generator<string> {
  for (const { name, limit } of registries) {
    const found = limit ? images.filter((image) => parseReference(image).registry === name) : [];
    if (found.length > 0)
      yield `${name} gives ${limit}; aws.pullThrough in charts/environments/cluster.ts keeps copies: ${found.join(', ')}`;
  }
}

export const imageTag = images('image-tag', ({ tag, digest }) => {
  if (tag === 'latest') return 'latest is whatever was pushed last';
  return tag || digest ? undefined : 'has no tag: that is latest';
});

export const imageDigest = images('image-digest', ({ registry, digest }) =>
  own.test(registry) && !digest ? 'has no digest' : undefined,
);

export const imagePullPolicy = images('image-pull-policy', ({ digest }, { imagePullPolicy = 'IfNotPresent' }) =>
  digest || imagePullPolicy === 'Always' ? undefined : `is a tag, and pulled ${imagePullPolicy}`,
);
