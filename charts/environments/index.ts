import { cluster } from './cluster';
import { production } from './production';
import { staging } from './staging';

/** Every environment that is synthesized, beside what the cluster has once. */
export const settings = { cluster, environments: [production, staging] };
