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
