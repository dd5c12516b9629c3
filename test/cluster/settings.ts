import { settings as committed } from '../../charts/environments';
import { loadSettings } from '../../charts/settings';
import { root } from '../support/root';

/** The committed settings, checked: what Terraform gets its node groups from. */
export const settings = loadSettings(root, committed);
