import { ofKinds } from '../../rule-of';

export const plainSecret = ofKinds('plain-secret', ['Secret'], function* (object) {
  for (const field of ['data', 'stringData'] as const) {
    const keys = Object.keys(object[field] ?? {});
    if (keys.length > 0) yield [`holds ${keys.join(', ')} in plain sight`, field];
  }
});
