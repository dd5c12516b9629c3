import { settings } from '../support/manifests';
import { treeOf } from './scheduling/settings';

export { settings };
/** What synth makes of the frozen settings, as `npm run check` and `npm run cost` read it. */
export const tree = treeOf(settings);
