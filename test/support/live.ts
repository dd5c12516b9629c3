import { settings as committed } from '../../charts/environments';
import { loadSettings } from '../../charts/settings';
import { root } from './root';
import { synthesized } from './synthesized';

/** The settings that run: for the pages and files that a person edits with them, and nothing else. */
export const settings = loadSettings(root, committed);
/** What synth makes of them. */
export const { files, ofKind, one, containers } = synthesized('live', settings);
