import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from './cluster';
import { launch } from './control-plane';
import { addOnValues } from './manifests';
import { freePort } from './ports';

const values = addOnValues('datadog-operator');
const [namespace]: string[] = values.watchNamespaces;
/** The port of its probes; nothing sets it (cmd/main.go of release 1.29.0). */
const health = 8081;

/** Where the API is, instead of at the site, and what it asks for. */
export interface Datadog {
  readonly address: string;
  readonly keys: { readonly api: string; readonly application: string };
}

/**
 * Starts the operator as its chart 2.25.1 does with the add-on's values (templates/deployment.yaml), with the rights of its
 * ServiceAccount; again, after it was ended. Without the election, which needs a pod's files.
 *
 * @param variables instead of those of the values
 */
export async function startDatadogOperator(
  { processes, kubeconfig }: Cluster,
  file: string,
  { address, keys }: Datadog,
  variables: Readonly<Record<string, string>> = {},
): Promise<void> {
  const own = join(processes.folder, 'datadog-operator.kubeconfig');
  const config = JSON.parse(readFileSync(kubeconfig, 'utf8'));
  config.users[0].user.as = `system:serviceaccount:${namespace}:${values.serviceAccount.name}`;
  writeFileSync(own, JSON.stringify(config), { mode: 0o600 });
  const given: { name: string; value: string }[] = values.env ?? [];
  await launch(processes, {
    program: async () => ({
      name: 'datadog-operator',
      file,
      args: [
        '-logEncoder=json',
        `-metrics-addr=127.0.0.1:${await freePort()}`,
        '-loglevel=info',
        '-operatorMetricsEnabled=true',
        `-datadogAgentEnabled=${values.datadogAgent.enabled}`,
        `-datadogGenericResourceEnabled=${values.datadogGenericResource.enabled}`,
        `-datadogCSIDriverEnabled=${values.datadogCSIDriver.enabled}`,
        ...['supportExtendedDaemonset', 'introspectionEnabled', 'datadogAgentProfileEnabled'].map(off),
        ...['datadogMonitorEnabled', 'datadogSLOEnabled', 'datadogDashboardEnabled'].map(off),
        ...['remoteConfigEnabled', 'untaintControllerEnabled', 'enable-leader-election'].map(off),
      ],
      env: {
        KUBECONFIG: own,
        WATCH_NAMESPACE: values.watchNamespaces.join(','),
        DD_CLUSTER_NAME: values.clusterName,
        DD_API_KEY: keys.api,
        DD_APP_KEY: keys.application,
        DD_SITE: values.site,
        DD_URL: address,
        ...Object.fromEntries(given.map(({ name, value }) => [name, value])),
        ...variables,
      },
    }),
    ready: async () => (await fetch(`http://127.0.0.1:${health}/healthz/`)).ok,
    within: 120,
  });
}

function off(name: string): string {
  return `-${name}=false`;
}
