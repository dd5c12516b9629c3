import type { Settings, Site } from '../charts/settings';

/**
 * The same repository with this many environments: each is production under another name, namespace and host.
 *
 * @param settings as `loadSettings` returns them; left as they are
 */
export function manySites(settings: Settings, count: number): Settings {
  const production = settings.sites.find(({ environment }) => environment.name === 'production');
  if (!production) throw new Error('there is no environment production to multiply');
  const names = Array.from({ length: count }, (_, i) => `app-${String(i + 1).padStart(3, '0')}`);

  const { cluster, outputs } = settings;
  const role = outputs.secret_store_role_arns[production.environment.namespace] as string;
  const shared = {
    cluster: {
      ...cluster,
      alerts: { ...cluster.alerts, environment: names[0] as string },
      loadBalancer: {
        ...cluster.loadBalancer,
        public: Object.fromEntries(
          Object.entries(cluster.loadBalancer.public).map(([name, { group, namespaces }], i) => [
            name,
            { group, namespaces: i === 0 ? [...namespaces, ...names] : namespaces },
          ]),
        ),
      },
    },
    outputs: {
      ...outputs,
      secret_store_role_arns: {
        ...outputs.secret_store_role_arns,
        ...Object.fromEntries(names.map((name) => [name, role])),
      },
    },
  };
  return { ...settings, ...shared, sites: names.map((name) => ({ ...renamed(production, name), ...shared })) };
}

function renamed(site: Site, name: string): Site {
  const { environment } = site;
  return {
    ...site,
    environment: {
      ...environment,
      name,
      namespace: name,
      host: `${name}.${environment.host}`,
      ...(environment.assetsHost && { assetsHost: `${name}.${environment.assetsHost}` }),
    },
  };
}
