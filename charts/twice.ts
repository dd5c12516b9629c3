import type { ChartFolder } from './chart-folder';
import { objectsOf } from './output';
import { toYaml } from './yaml';

/** What the charts make when they are asked twice, by the path of its file. */
export interface MadeTwice {
  readonly objects: ReadonlyMap<string, ReturnType<typeof JSON.parse>>;
  readonly made: ReadonlyMap<string, string>;
  readonly again: ReadonlyMap<string, string>;
}

/**
 * Charts are functions of the settings: the second answer tells whether they are.
 *
 * @param charts makes them
 * @param turn waited for in between
 * @throws RenderError as `objectsOf` does
 */
export async function madeTwice(
  charts: () => readonly ChartFolder[],
  turn = async (): Promise<void> => {},
): Promise<MadeTwice> {
  const objects = objectsOf(charts());
  await turn();
  const second = objectsOf(charts());
  await turn();
  const made = new Map([...objects].map(([file, object]) => [file, toYaml(object)]));
  // Printing is most of the work, so what is equal before it is not printed twice.
  const equal = (file: string, object: unknown) => JSON.stringify(objects.get(file)) === JSON.stringify(object);
  const again = new Map(
    [...second].map(([file, object]) => [file, equal(file, object) ? (made.get(file) as string) : toYaml(object)]),
  );
  return { objects, made, again };
}
