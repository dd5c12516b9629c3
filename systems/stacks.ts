import { dirname } from 'node:path';
import type { System } from './system';

/**
 * What writes the stacks of each system, path to text, all of them or those that are named; a tenant without any is not listed.
 * Each throws SettingsError with every problem.
 */
const renderers: Readonly<Record<string, (names?: readonly string[]) => Promise<ReadonlyMap<string, string>>>> = {
  'e-ren': async (names) => {
    const [{ settings }, { renderStacks }] = await Promise.all([
      import('../charts/environments'),
      import('../terraform-bridge/synth/stacks'),
    ]);
    return renderStacks(settings, names);
  },
  'rails-on-ecs': async (names) => {
    const [{ environments }, { renderRails }] = await Promise.all([
      import('../examples/rails-on-ecs/environments'),
      import('../examples/rails-on-ecs/stacks'),
    ]);
    // A program is bundled as a file of the folder of its entry, which is one below the root, as this file is.
    return renderRails(dirname(__dirname), environments, names);
  },
};

/** The stacks of a system, path to text; none for one that is not listed. */
export async function stackTexts(
  { name }: System,
  names?: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  return renderers[name]?.(names) ?? new Map();
}
