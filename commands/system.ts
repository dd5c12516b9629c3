import { systemNamed, systems } from '../systems';
import type { System } from '../systems/system';

let system: System = systems[0];

/** Makes a system the one that this run of a command is about. @throws Error when there is none of that name */
export function choose(name: string): System {
  system = systemNamed(name);
  return system;
}

/** The system that this run of a command is about. */
export function chosen(): System {
  return system;
}
