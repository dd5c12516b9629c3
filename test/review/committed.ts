import { settings as committed } from '../../charts/environments';
import { loadSettings } from '../../charts/settings';
import { readTree } from '../../review/model/tree';
import { root } from '../support/root';

/** What is committed, as `npm run check` and `npm run cost` read it. */
export const tree = readTree(root);
export const settings = loadSettings(root, committed);
