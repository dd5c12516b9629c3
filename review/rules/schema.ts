import { rule } from '../rule-of';
import { judge } from '../schema/judge';

const ids = [
  'unknown-kind',
  'unknown-field',
  'wrong-type',
  'missing-field',
  'bad-value',
  'bad-metadata',
  'duplicate-element',
  'invalid-object',
  'cut-number',
] as const;

/** What the API server would refuse: `kubectl apply --dry-run=server --validate=strict` without a server. */
export const schema = ids.map((id) =>
  rule(id, function* ({ tree, schemas }) {
    for (const manifest of tree.manifests)
      for (const { rule, path, message } of judge(manifest, schemas))
        if (rule === id) yield { manifest, path, message };
  }),
);
