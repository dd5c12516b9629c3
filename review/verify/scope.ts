import { dirname } from 'node:path';
import { identityOf } from '../model/identity';
import type { Kinds } from '../model/kinds';
import { inSystem, type KubernetesObject, type Manifest, type Tree } from '../model/tree';

/** What of the repository belongs to one environment. */
export interface Scope {
  readonly environment: string;
  /** The objects of `dist/<environment>`, then its part of `argocd/`. */
  readonly manifests: readonly Manifest[];
  /** In which everything of ours is looked at. */
  readonly namespaces: readonly string[];
  /** Names of the generated Applications that deliver it, `root` for what delivers them. */
  readonly applications: ReadonlySet<string>;
  /** The Application that delivers an object. */
  readonly deliverer: (manifest: Manifest) => Kinds['Application'] | undefined;
  /** Every object of the repository, by `identityOf`. */
  readonly all: ReadonlySet<string>;
}

/** @throws Error when there is no such environment, or a file holds no object */
export function scopeOf(tree: Tree, environment: string): Scope {
  const environments = [...new Set(tree.manifests.map((each) => each.environment))].filter((e) => e !== 'argocd');
  if (!environments.includes(environment))
    throw new Error(
      environments.length === 0
        ? 'dist/ has no environment; run npm run synth'
        : `${JSON.stringify(environment)} is not an environment of dist/; use ${environments.sort().join(', ')}`,
    );
  const [unreadable] = tree.unreadable;
  if (unreadable) throw new Error(`${unreadable.file}: ${unreadable.message}; run npm run synth`);

  const applications = tree.ofKind('Application');
  const own = tree.manifests.filter((each) => each.environment === environment);
  const about = tree.manifests.filter(
    (each) => each.environment === 'argocd' && environmentOf(each.object, environments) === environment,
  );
  const deliverer = (manifest: Manifest) => {
    const folder =
      manifest.environment === 'argocd'
        ? manifest.file.replace(/(^|\/)argocd\/.*/, '$1argocd')
        : dirname(manifest.file);
    // One Application may bring all folders of an environment, which is then the path of its source.
    const folders = [folder, dirname(folder)];
    return applications.find(({ object }) => folders.includes(object.spec?.source?.path ?? ''))?.object;
  };
  return {
    environment,
    manifests: [...own, ...about],
    namespaces: [
      ...new Set(
        own.flatMap(
          ({ object: { kind, metadata } }) => metadata[kind === 'Namespace' ? 'name' : 'namespace'] ?? [],
        ),
      ),
    ].sort(),
    applications: new Set(own.flatMap((each) => deliverer(each)?.metadata.name ?? [])),
    deliverer,
    all: new Set(tree.manifests.map(({ object }) => identityOf(object))),
  };
}

/** Whose an object of `argocd/` is; what is nobody's own is the cluster's. */
export function environmentOf(
  { kind, metadata, spec }: KubernetesObject | Kinds['Application'],
  environments: readonly string[],
): string {
  const [top, folder = ''] = inSystem(String(spec?.source?.path ?? '')).split('/');
  const named = kind === 'AppProject' ? metadata.name : top === 'dist' ? folder : '';
  return environments.includes(named) ? named : 'cluster';
}
