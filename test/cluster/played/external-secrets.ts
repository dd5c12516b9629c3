import type { Api } from '../api';
import { Played } from './played';

const version = 'external-secrets.io/v1';

/**
 * The External Secrets Operator and Secrets Manager: every store is ready, every ExternalSecret becomes its Secret, each
 * value of which is the name of its key with `played-` before it.
 *
 * @param values to have instead, by key of the Secret: the address of the played Datadog
 */
export function externalSecrets(api: Api, values: Readonly<Record<string, string>> = {}): Played {
  return new Played('External Secrets', async () => {
    for (const store of await api.list(version, 'SecretStore'))
      if (!isReady(store)) await api.merge(store, ready('Valid'), 'status');
    for (const secret of await api.list(version, 'ExternalSecret')) {
      if (isReady(secret)) continue;
      await api.applyAll([secretOf(secret, values)], { manager: 'external-secrets' });
      await api.merge(secret, ready('SecretSynced'), 'status');
    }
  });
}

function secretOf({ metadata, spec }: any, values: Readonly<Record<string, string>>): any {
  const { name = metadata.name, template } = spec.target ?? {};
  const keys: string[] = template?.data
    ? Object.keys(template.data)
    : (spec.data ?? []).map(({ secretKey }: any) => secretKey);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      namespace: metadata.namespace,
      labels: template?.metadata?.labels,
      annotations: template?.metadata?.annotations,
      ownerReferences: [
        {
          apiVersion: version,
          kind: 'ExternalSecret',
          name: metadata.name,
          uid: metadata.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    type: template?.type ?? 'Opaque',
    data: Object.fromEntries(
      keys.map((key) => [key, Buffer.from(values[key] ?? `played-${key}`).toString('base64')]),
    ),
  };
}

function isReady({ status }: any): boolean {
  return status?.conditions?.some(({ type, status }: any) => type === 'Ready' && status === 'True') ?? false;
}

function ready(reason: string) {
  const lastTransitionTime = new Date().toISOString().replace(/\.\d+/, '');
  const condition = { type: 'Ready', status: 'True', reason, message: 'played by the suite', lastTransitionTime };
  return { status: { conditions: [condition] } };
}
