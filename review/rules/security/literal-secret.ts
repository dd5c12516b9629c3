import { secretsIn } from '../../../charts/environments/secret-texts';
import { literalsOf } from '../../model/literals';
import { rule } from '../../rule-of';

export const literalSecret = rule('literal-secret', function* ({ tree, asked = tree.manifests }) {
  const named = new Set(tree.ofKind('ExternalSecret', 'Secret').map(({ object }) => object.metadata.name));
  for (const manifest of asked) {
    // Its data is told of by plain-secret.
    if (manifest.object.kind === 'Secret') continue;
    for (const { path, name, text } of literalsOf(manifest.object)) {
      // The values of a chart name Secrets by the same rules.
      if (named.has(text)) continue;
      const [first] = secretsIn(text, name);
      // Never the value itself: this is printed, and kept by the pipeline.
      if (first) yield { manifest, path, message: `holds ${first.what}` };
    }
  }
});
