import { oncePer } from '../../model/collections';
import type { Shape } from '../table';
import table from './parts.json';

/** A type of Kubernetes' own, which the definitions of custom kinds copy without what the API server's code checks of it. */
export interface Part {
  /** Its type in the tables. */
  readonly type: string;
  /** Fields that nothing else has together. */
  readonly marks: readonly string[];
  /** Its types are judged, and not what they ask of each other: a probe there may have no handler of its own. */
  readonly typesOnly?: boolean;
}

const parts: readonly Part[] = table;

/** What a shape of a custom kind copies; undefined for what is its own. */
export const partOf = oncePer((shape: Shape): Part | undefined =>
  parts.find(({ marks }) => marks.every((name) => has(shape, name))),
);

function has({ fields = {} }: Shape, name: string): boolean {
  return name in fields || `${name}!` in fields;
}
