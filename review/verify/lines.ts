import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { show } from '../model/path';
import { positions, type Step } from '../model/position';

/** Where fields stand in the files of a repository. */
export class Lines {
  private readonly position: ReturnType<typeof positions>;

  constructor(root: string) {
    this.position = positions((file) => readFileSync(join(root, file), 'utf8'));
  }

  /** The field as a person writes it, and its line, or that of what it would be in. */
  at(file: string, path: readonly Step[]): { readonly path?: string; readonly line: number } {
    return { ...(path.length > 0 && { path: written(path) }), line: this.position(file, path).line };
  }
}

/** `spec.template.spec.containers[web].image` */
export function written(path: readonly Step[]): string {
  return show(
    path.map((step) => (typeof step === 'string' ? step : `[${typeof step === 'object' ? step.name : step}]`)),
  );
}

/** The steps to a field as an API server names it: `spec.containers[0].image`, `metadata.annotations[example.org/key]`. */
export function fieldPath(field: string): Step[] {
  return [...field.matchAll(/\[name="([^"]{0,300})"\]|\["?([^\]"]{0,300})"?\]|([^.[\]]+)/g)].map(
    ([, name, index, key]) => {
      if (name !== undefined) return { name };
      if (index !== undefined) return /^\d+$/.test(index) ? Number(index) : index;
      return key as string;
    },
  );
}
