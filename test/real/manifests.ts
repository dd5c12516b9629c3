import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';

/** One place in the committed YAML that is made wrong, to see that somebody notices. */
export interface Break {
  readonly kind: string;
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

export interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: Record<string, string> };
  readonly spec: any;
  readonly data?: Record<string, string>;
}

/** What is committed in dist/, of one environment. */
export class Manifests {
  private readonly all: readonly Manifest[];

  /** @throws Error for a break whose text the manifest does not hold, so that none goes unnoticed */
  constructor(
    private readonly environment: string,
    breaks: readonly Break[] = [],
  ) {
    const folder = join(__dirname, '../../dist', environment);
    const left = new Set(breaks);
    this.all = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.yaml'))
      .map((path) => {
        let text = readFileSync(join(folder, path), 'utf8');
        for (const each of breaks) {
          if (!path.includes(`${each.kind}.${each.name}`) || !text.includes(each.from)) continue;
          text = text.replaceAll(each.from, each.to);
          left.delete(each);
        }
        return load(text) as Manifest;
      });
    for (const { kind, name, from } of left) throw new Error(`${kind} ${name} of ${environment} has no '${from}'`);
  }

  /** @throws Error when there is none, or more than one */
  public one(kind: string, name: string): Manifest {
    const found = this.all.filter((each) => each.kind === kind && each.metadata.name === name);
    if (found.length !== 1) throw new Error(`${found.length} objects ${kind} ${name} in dist/${this.environment}`);
    return found[0] as Manifest;
  }
}
