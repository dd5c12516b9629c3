import { cluster } from './cluster';
import { piloted } from './pilot';
import { production } from './production';
import { staging } from './staging';

/** What they are without the pilot. */
export const whole = { cluster, environments: [production, staging] };

/** Every environment that is synthesized, beside what the cluster has once. */
export const settings = cluster.pilot ? piloted(whole) : whole;
