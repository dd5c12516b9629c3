import type { Rule } from '../../rule';

export const plainSecret: Rule = {
  id: 'plain-secret',
  level: 'critical',
  title: 'No Secret with data is in the repository.',
  why: 'Base64 is not encryption: whoever may read the repository, or any clone of it, has the value, and it stays in the history after the file is gone.',
  fix: 'Put the value into AWS Secrets Manager and name it in an ExternalSecret (charts/environments/secrets.ts), then rotate the value that was committed.',
  *check({ tree }) {
    for (const manifest of tree.ofKind('Secret'))
      for (const field of ['data', 'stringData'])
        if (Object.keys(manifest.object[field] ?? {}).length > 0)
          yield {
            manifest,
            path: [field],
            message: `holds ${Object.keys(manifest.object[field]).join(', ')} in plain sight`,
          };
  },
};
