import { chartFolders } from '../../charts/app';
import { settings as committed } from '../../charts/environments';
import { objectsOf } from '../../charts/output';
import { loadSettings } from '../../charts/settings';
import { root } from './root';

/** The settings that run, for what a person has to look at when one changes: every other test has frozen ones. */
export const settings = loadSettings(root, committed);
/** What synth makes of them, by path. */
export const objects = objectsOf(chartFolders(settings));
