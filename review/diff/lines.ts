import { isMap } from '../model/canonical';
import type { Path } from '../model/path';
import { positionsIn } from '../model/position';
import { fieldAt, type KubernetesObject, type Manifest } from '../model/tree';
import { keyOf } from './list-keys';
import type { Side } from './sides';

/** Positions are slow to know; a change of more files than a person reads has none for the rest. */
const most = 50;

/** Finds the line of a field in the file it stands in now. */
export function lineFinder(side: Side): (manifest: Manifest, path: Path) => number | undefined {
  const known = new Map<string, ReturnType<typeof positionsIn>>();
  return (manifest, path) => {
    let positions = known.get(manifest.file);
    if (!positions) {
      const text = known.size < most ? side.textOf(manifest.file) : undefined;
      // In a file of several documents only the first one has positions.
      if (text === undefined || /^---\s*$/m.test(text.trimStart().slice(3))) return undefined;
      positions = positionsIn(text);
      known.set(manifest.file, positions);
    }
    return positions(realPath(manifest.object, path)).line;
  };
}

/** Keys of elements as their places in the list. */
function realPath(object: KubernetesObject, path: Path): (string | number)[] {
  const real: (string | number)[] = [];
  let value: unknown = object;
  for (const [i, step] of path.entries()) {
    let at: string | number = step;
    if (Array.isArray(value)) {
      const name = step.replace(/^\[|]$/g, '');
      const key = keyOf(object.kind, path.slice(0, i));
      const place =
        typeof key === 'function'
          ? value.findIndex((each) => isMap(each) && key(each) === name)
          : value.findIndex((each) => String(each) === name);
      at = place >= 0 ? place : Number(name);
      if (Number.isNaN(at)) break;
    }
    real.push(at);
    value = fieldAt(value, [at]);
  }
  return real;
}
