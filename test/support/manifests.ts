import { loadSettings } from '../../charts/settings';
import { frozen } from './frozen';
import { root } from './root';
import { synthesized } from './synthesized';

export * from './synthesized';
/** The frozen settings, checked. */
export const settings = loadSettings(root, frozen);
/** What synth makes of them. */
export const { files, manifests, ofKind, one, pods, containers } = synthesized('frozen', settings);
