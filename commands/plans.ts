import { existsSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { readText } from '../charts/files';
import type { Comparison } from '../review/diff/sides';
import { blocksIn } from '../review/terraform/stacks';
import { stacksOf } from '../systems/system';
import { chosen } from './system';
import { plannedStack } from './terraform-plan';

/**
 * Puts what plans say in the place of the stacks that they are of: the one with the most resources of the same address,
 * and one that is named as the file where no stack has any.
 *
 * @param files paths of what `terraform show -json` printed
 * @throws Error that names the file, and what it is not
 */
export function withPlans(root: string, comparison: Comparison, files: readonly string[]): Comparison {
  const changed = new Map(comparison.changed);
  const stacks = addressesOfStacks(root);
  for (const file of files) {
    const { before, after, addresses } = planIn(file);
    const shared = (known: ReadonlySet<string>) => addresses.filter((address) => known.has(address)).length;
    const [best] = [...stacks].sort(([, a], [, b]) => shared(b) - shared(a));
    const stack = best && shared(best[1]) > 0 ? best[0] : basename(file).replace(/\.[^.]*$/, '');
    for (const path of changed.keys())
      if (path.startsWith(`${stacksOf(chosen())}/${stack}/`)) changed.delete(path);
    changed.set(`${stacksOf(chosen())}/${stack}/${basename(file)}`, { before, after });
  }
  return { ...comparison, changed };
}

function planIn(file: string) {
  let text: string;
  try {
    text = readText(resolve(file), { pipe: true });
  } catch (error) {
    throw new Error(
      `--plan ${file}: cannot be read (${(error as NodeJS.ErrnoException).code ?? (error as Error).message})`,
    );
  }
  try {
    return plannedStack(text);
  } catch (error) {
    throw new Error(`--plan ${file}: ${(error as Error).message}`);
  }
}

function addressesOfStacks(root: string): Map<string, ReadonlySet<string>> {
  const folder = join(root, stacksOf(chosen()));
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return new Map(
    names.map((name) => {
      const file = `${stacksOf(chosen())}/${name}/cdk.tf.json`;
      const blocks = existsSync(join(root, file)) ? blocksIn(file, readText(join(root, file))) : [];
      return [name, new Set(blocks.map(({ object }) => `${object.kind}.${object.metadata.name}`))];
    }),
  );
}
