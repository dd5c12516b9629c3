import { dirname } from 'node:path';
import { settings as committed } from '../../charts/environments';
import { loadSettings } from '../../charts/settings';
import { readTree } from '../../review/model/tree';

const root = dirname(dirname(__dirname));

/** What is committed, as `npm run check` and `npm run cost` read it. */
export const tree = readTree(root);
export const settings = loadSettings(root, committed);
