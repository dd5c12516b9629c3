import type { Kinds } from './kinds';

/** As much of an object as an AppProject looks at. */
interface Delivered {
  /** Without version; absent where it is not known, and then any will do. */
  readonly group?: string;
  readonly kind: string;
  readonly name: string;
  readonly namespaced: boolean;
}

type ProjectSpec = NonNullable<Kinds['AppProject']['spec']>;
type Listed = readonly { readonly group?: string; readonly kind?: string; readonly name?: string }[] | undefined;

/**
 * Whether Argo CD deals with the object in this project: it looks in the list of the object's scope, and in no other. Where no
 * list of namespaced kinds is written, all are allowed; of cluster-scoped ones none.
 *
 * @param project the spec of an AppProject
 */
export function takes(project: ProjectSpec, { group, kind, name, namespaced }: Delivered): boolean {
  const [allowed, denied]: [Listed, Listed] = namespaced
    ? [project.namespaceResourceWhitelist, project.namespaceResourceBlacklist]
    : [project.clusterResourceWhitelist ?? [], project.clusterResourceBlacklist];
  const listed = (list: NonNullable<typeof allowed>) =>
    list.some(
      (each) =>
        (group === undefined || glob(each.group ?? '', group)) &&
        glob(each.kind ?? '', kind) &&
        (!each.name || glob(each.name, name)),
    );
  return (allowed === undefined || listed(allowed)) && !(denied && listed(denied));
}

/** Argo CD's own patterns: `*` is anything, `?` a letter, `{a,b}` either. */
export function glob(pattern: string, text: string): boolean {
  if (!/[*?{]/.test(pattern)) return pattern === text;
  const meaning: Readonly<Record<string, string>> = { '*': '.*', '?': '.', '{': '(?:', '}': ')', ',': '|' };
  return new RegExp(`^${pattern.replace(/[^\w/-]/g, (sign) => meaning[sign] ?? `\\${sign}`)}$`).test(text);
}
