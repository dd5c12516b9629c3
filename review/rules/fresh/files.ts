import { identityOf } from '../../model/identity';
import type { Manifest } from '../../model/tree';
import { rule } from '../../rule-of';

export const readable = rule('readable', function* ({ tree }) {
  for (const { file, message } of tree.unreadable) yield { file, message };
});

export const fileOfObject = rule('file-of-object', function* ({ tree }) {
  const folded = new Map<string, Manifest>();
  for (const manifest of tree.manifests) {
    const { kind, metadata } = manifest.object;
    const name = manifest.file.slice(manifest.file.lastIndexOf('/') + 1);
    if (name !== `${kind}.${metadata.name}.yaml`)
      yield { manifest, path: ['metadata', 'name'], message: `${kind} ${metadata.name} is in ${name}` };
    const twin = folded.get(manifest.file.toLowerCase());
    if (twin) yield { manifest, path: ['metadata', 'name'], message: `differs from ${twin.file} in case only` };
    folded.set(manifest.file.toLowerCase(), manifest);
  }
});

export const oneOwner = rule('one-owner', function* ({ tree }) {
  const owners = new Map<string, Manifest>();
  for (const manifest of tree.manifests) {
    const { kind, metadata } = manifest.object;
    const identity = identityOf(manifest.object);
    const owner = owners.get(identity);
    if (owner)
      yield {
        manifest,
        path: ['metadata', 'name'],
        message: `${kind} ${metadata.name} is also in ${owner.file}`,
      };
    else owners.set(identity, manifest);
  }
});
