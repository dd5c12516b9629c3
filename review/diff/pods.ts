import type { ContainerSpec } from '../model/kinds';
import type { Path } from '../model/path';
import { listOf, type PodTemplate, templateOf } from '../model/pods';
import type { Manifest } from '../model/tree';

/** The pods that an object makes; nothing for what makes none. */
export function templateIn(manifest: Manifest | undefined): PodTemplate | undefined {
  return manifest && templateOf(manifest)[0];
}

interface PlacedContainer {
  readonly name: string;
  readonly path: Path;
  readonly container: ContainerSpec;
  readonly init: boolean;
}

/** In the order in which they start. */
export function containersIn(found: PodTemplate | undefined): PlacedContainer[] {
  if (!found) return [];
  return (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap((list) =>
    listOf(found.spec[list]).map((container: ContainerSpec) => ({
      name: String(container.name),
      path: [...found.path, 'spec', list, `[${container.name}]`],
      container,
      init: list === 'initContainers',
    })),
  );
}

/** Containers of the same name on both sides; one of them may have none. */
export function pairedContainers(
  before: PodTemplate | undefined,
  after: PodTemplate | undefined,
): { name: string; path: Path; before?: ContainerSpec; after?: ContainerSpec; init: boolean }[] {
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
