import type { Server } from './server';

/** One kind that the server serves, in one version. */
interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** An `APIGroupDiscovery`, as far as it is read. */
interface Discovered {
  readonly metadata?: { readonly name?: string };
  readonly versions?: readonly {
    readonly version: string;
    readonly resources?: readonly {
      readonly resource: string;
      readonly responseKind?: { readonly kind?: string };
      readonly scope?: string;
    }[];
  }[];
}

/** Everything that the server serves. */
export class ServedKinds {
  private readonly known = new Map<string, Kind>();
  private readonly versions = new Map<string, string[]>();

  /** @throws Error when the server does not tell */
  static async ask(server: Server): Promise<ServedKinds> {
    const kinds = new ServedKinds();
    for (const path of ['/api', '/apis']) {
      const { status, body } = await server.ask({ show: path });
      if (status >= 300)
        throw new Error(`the server does not say what it serves (${path}): ${status} ${body?.message}`);
      if (body?.kind !== 'APIGroupDiscoveryList')
        throw new Error(
          `the server does not say in one answer what it serves (${path}); it is older than Kubernetes 1.30`,
        );
      for (const group of body.items ?? []) kinds.add(group as Discovered);
    }
    return kinds;
  }

  /** @returns nothing when the server does not serve the kind in that version */
  find(apiVersion: string, kind: string): Kind | undefined {
    return this.known.get(`${apiVersion}/${kind}`);
  }

  /** In which the kind is served, the server's preferred one first. */
  servedVersions(group: string, kind: string): readonly string[] {
    return this.versions.get(`${group}/${kind}`) ?? [];
  }

  private add({ metadata, versions = [] }: Discovered): void {
    const group = metadata?.name ?? '';
    for (const { version, resources = [] } of versions)
      for (const { resource: plural, responseKind, scope } of resources) {
        const kind = responseKind?.kind ?? '';
        const apiVersion = group ? `${group}/${version}` : version;
        this.known.set(`${apiVersion}/${kind}`, {
          group,
          version,
          kind,
          plural,
          namespaced: scope === 'Namespaced',
        });
        const all = this.versions.get(`${group}/${kind}`);
        if (all) all.push(version);
        else this.versions.set(`${group}/${kind}`, [version]);
      }
  }
}

/** The path of the collection, or of one object in it. */
export function pathOf({ group, version, plural, namespaced }: Kind, namespace?: string, name?: string): string {
  const base = group ? `/apis/${group}/${version}` : `/api/${version}`;
  const place = namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${base}${place}/${plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}
