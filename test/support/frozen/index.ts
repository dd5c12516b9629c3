import { cluster } from './cluster';
import { production } from './production';
import { staging } from './staging';

/**
 * The settings that the tests compute with: whole, and nobody's. A change of `charts/environments/` changes nothing here, so
 * a test that fails after one is about that change. A new field of the schema is added here too; the values need not be ours.
 */
export const frozen = deepFrozen({ cluster, environments: [production, staging] });

/** With every object in it, so that no test changes what another one is given. */
function deepFrozen<T extends object>(value: T): T {
  for (const each of Object.values(value)) if (typeof each === 'object' && each !== null) deepFrozen(each);
  return Object.freeze(value);
}
