import { identityOf } from '../../model/identity';
import type { Manifest } from '../../model/tree';
import type { Rule } from '../../rule';

export const readable: Rule = {
  id: 'readable',
  about: 'files',
  level: 'critical',
  title: 'Every file in dist/ and argocd/ holds one object.',
  why: 'Argo CD fails to load the whole folder, so nothing of its Application is synced any more.',
  fix: 'Run npm run synth, and remove by hand any file that it does not make.',
  *check({ tree }) {
    for (const { file, message } of tree.unreadable) yield { file, message };
  },
};

export const fileOfObject: Rule = {
  id: 'file-of-object',
  level: 'high',
  title: 'A file is named <Kind>.<name>.yaml, and no two names differ only in case.',
  why: 'A list of changed files must show what changed. And a checkout on macOS or Windows keeps only one of two names that differ only in case.',
  fix: 'Rename the object, not the file: synth names the file after it.',
  *check({ tree }) {
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
  },
};

export const oneOwner: Rule = {
  id: 'one-owner',
  level: 'critical',
  title: 'An object is in one file.',
  why: 'Two Applications that hold the same object overwrite each other without end. When one of them is deleted, the other loses the object.',
  fix: 'Keep it in one chart, or rename one of the two.',
  *check({ tree }) {
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
  },
};
