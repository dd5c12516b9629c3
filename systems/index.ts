import { Option } from 'commander';
import { railsOnEcs } from '../examples/rails-on-ecs/system';
import { eRen } from './e-ren';
import type { System } from './system';

/** Every system there is; the first is meant where none is named. */
export const systems: readonly [System, ...System[]] = [eRen, railsOnEcs];

/** `--system`, which every command takes. */
export function systemOption(): Option {
  const names = systems.map(({ name }) => name);
  return new Option('--system <name>', 'whose').choices(names).default(names[0]);
}

/** @throws Error that names those there are */
export function systemNamed(name: string): System {
  const found = systems.find((each) => each.name === name);
  if (!found) throw new Error(`${name} is not a system; there are ${systems.map((each) => each.name).join(', ')}`);
  return found;
}
