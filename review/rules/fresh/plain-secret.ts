import { ofKinds } from '../../rule';

export const plainSecret = ofKinds(['Secret'], {
  id: 'plain-secret',
  level: 'critical',
  title: 'No Secret with data is in the repository.',
  why: 'Base64 is not encryption: whoever may read the repository, or any clone of it, has the value, and it stays in the history after the file is gone.',
  fix: 'Put the value into AWS Secrets Manager and name it in an ExternalSecret (charts/environments/secrets.ts), then rotate the value that was committed.',
  *judge(object) {
    for (const field of ['data', 'stringData'] as const) {
      const keys = Object.keys(object[field] ?? {});
      if (keys.length > 0) yield [`holds ${keys.join(', ')} in plain sight`, field];
    }
  },
});
