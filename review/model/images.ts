import { containersOf, podsOf } from './pods';
import type { Tree } from './tree';

/** Where an image is, and which one. */
export interface ImageReference {
  /** As it is written, without tag and digest. */
  readonly name: string;
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

/** An image as the container runtime reads it: without a registry it is Docker Hub's, without a slash an official one. */
export function parseReference(image: string): ImageReference {
  const [rest = '', digest] = image.split('@');
  const slash = rest.indexOf('/');
  const first = slash > 0 ? rest.slice(0, slash) : '';
  const hasRegistry = /[.:]/.test(first) || first === 'localhost';
  const [, name = rest, tag] = /^(.+):([^/:]*)$/.exec(rest) ?? [];
  const path = hasRegistry ? name.slice(slash + 1) : name;
  return {
    name,
    registry: hasRegistry ? first : 'docker.io',
    repository: !hasRegistry && !path.includes('/') ? `library/${path}` : path,
    ...(tag && { tag }),
    ...(digest && { digest }),
  };
}

/** As a text of a ConfigMap has them: only what has a tag, and the host of a registry before it. */
const inText =
  /(?<![\w./-])(?:[a-z0-9-]+\.){1,8}[a-z]{2,12}\/[\w./-]{1,200}:[\w.-]{1,128}(?:@sha256:[0-9a-f]{64})?(?![\w:/])/g;

/** Every image that a pod has, or that a text names for pods that others make. */
export function namedImages(tree: Tree): string[] {
  const ofPods = podsOf(tree).flatMap((pod) => containersOf(pod).map(({ container }) => container.image ?? ''));
  const named = tree
    .ofKind('ConfigMap')
    .flatMap(({ object }) => Object.values(object.data ?? {}).flatMap((text) => String(text).match(inText) ?? []));
  return [...new Set([...ofPods, ...named])].filter(Boolean).sort();
}
