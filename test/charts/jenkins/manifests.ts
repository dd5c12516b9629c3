import { loadSettings } from '../../../charts/settings';
import { withPreviews } from '../../support/preview';
import { root } from '../../support/root';
import { synthesized } from '../../support/synthesized';

export { type Manifest, matches, type PodTemplate } from '../../support/synthesized';
/** The frozen settings with previews, for which Jenkins has an agent and a job more. */
export const settings = loadSettings(root, withPreviews());
export const { manifests, ofKind, one, pods, containers } = synthesized('previews', settings);
