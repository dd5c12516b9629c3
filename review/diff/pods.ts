import { podTemplates } from '../pods';
import type { Manifest } from '../tree';
import type { Path } from './path';

/** The pods that an object makes, and where in it they are described; nothing for what makes none. */
export interface Pods {
  readonly path: Path;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: any;
}

export function podsIn(manifest: Manifest | undefined): Pods | undefined {
  const object = manifest?.object;
  if (!object) return undefined;
  if (object.kind === 'Pod') return pods([], object);
  const path = podTemplates[object.kind];
  const template = path?.reduce<any>((value, key) => value?.[key], object);
  return path && template && pods(path, template);
}

export interface PlacedContainer {
  readonly name: string;
  readonly path: Path;
  readonly container: any;
  readonly init: boolean;
}

/** In the order in which they start. */
export function containersIn(found: Pods | undefined): PlacedContainer[] {
  if (!found) return [];
  return ['initContainers', 'containers', 'ephemeralContainers'].flatMap((list) =>
    asList(found.spec[list]).map((container) => ({
      name: String(container.name),
      path: [...found.path, 'spec', list, `[${container.name}]`],
      container,
      init: list === 'initContainers',
    })),
  );
}

/** Containers of the same name on both sides; one of them may have none. */
export function pairedContainers(
  before: Pods | undefined,
  after: Pods | undefined,
): { name: string; path: Path; before?: any; after?: any; init: boolean }[] {
  const [was, is] = [containersIn(before), containersIn(after)];
  const gone = was.filter(({ name }) => !is.some((each) => each.name === name));
  return [
    ...is.map(({ container, ...place }) => ({
      ...place,
      before: was.find(({ name }) => name === place.name)?.container,
      after: container,
    })),
    ...gone.map(({ container, ...place }) => ({ ...place, before: container, after: undefined })),
  ];
}

/** Malformed input is told by the schema; here it counts as nothing. */
export function asList(value: unknown): any[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'object' && each !== null) : [];
}

function pods(path: Path, template: any): Pods | undefined {
  if (typeof template.spec !== 'object' || template.spec === null) return undefined;
  const { labels, annotations } = template.metadata ?? {};
  return { path, labels: labels ?? {}, annotations: annotations ?? {}, spec: template.spec };
}
