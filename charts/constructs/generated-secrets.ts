import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import {
  ExternalSecretSpecTargetCreationPolicy as CreationPolicy,
  ExternalSecretSpecTargetDeletionPolicy as DeletionPolicy,
  ExternalSecretSpecTargetTemplateEngineVersion as EngineVersion,
  ExternalSecret,
  ExternalSecretSpecDataFromSourceRefGeneratorRefKind as GeneratorKind,
  ExternalSecretSpecTargetTemplateMergePolicy as MergePolicy,
  ExternalSecretSpecRefreshPolicy as RefreshPolicy,
} from '../../imports/external-secret-external-secrets.io';
import { Password, PasswordSpecEncoding } from '../../imports/password-generators.external-secrets.io';
import {
  SecretStoreSpecProviderKubernetesServerCaProviderType as CaProviderType,
  SecretStore,
} from '../../imports/secret-store-external-secrets.io';
import type { Policy } from '../chart-folder';
import { addOns } from '../environments/add-ons';
import { firstDatabaseRole } from '../environments/secrets';
import { allow } from './allow';
import { wave } from './sync-wave';
import { systemLabel, systemOf } from './system';

/** The Secret that holds all that is generated, and whatever makes and reads it. */
const name = 'generated';

/** What stands for the entries of Secrets Manager: entry and key, and how the value is made. */
const passwords = [
  'database.password',
  'redis.auth_token',
  'rails.secret_key_base',
  'pgbouncer-statistics.password',
  'postgres.superuser_password',
];
const servers = ['postgres', 'redis'];
const certified = (server: string) =>
  ['ca_certificate', 'certificate', 'private_key'].map((key) => `${server}-server.${key}`);
const known = ['database.username', ...passwords, ...servers.flatMap(certified)];

/**
 * Secrets that are made in their namespace and known nowhere else: passwords by External Secrets' own generator, and for
 * each server a certificate of an authority of this namespace, by functions of its templates. They are made once
 * (`CreatedOnce`, `shouldRefresh` of External Secrets 2.9.0, pkg/controllers/externalsecret/externalsecret_controller.go).
 *
 * A generator makes another value for everybody who asks, and one value is in several Secrets. So one ExternalSecret asks
 * it, and all others read what came of it, by a store that is this namespace.
 */
export function generatedSecrets(scope: Construct, namespace: string): void {
  const annotations = wave('prerequisites');
  const made = new Password(scope, 'passwords', {
    metadata: { name, annotations },
    // Letters and digits: what is typed into a URL or an ini file needs no escape.
    spec: {
      length: 64,
      symbols: 0,
      digits: 16,
      noUpper: false,
      allowRepeat: true,
      encoding: PasswordSpecEncoding.RAW,
      secretKeys: passwords,
    },
  });
  allow(made, 'literal-secret', 'names of what is generated, and none of the values');
  new ExternalSecret(scope, 'generated', {
    metadata: { name, annotations },
    spec: {
      refreshPolicy: RefreshPolicy.CREATED_ONCE,
      refreshInterval: '0s',
      dataFrom: [
        {
          sourceRef: {
            generatorRef: { apiVersion: Password.GVK.apiVersion, kind: GeneratorKind.PASSWORD, name },
          },
        },
      ],
      target: {
        name,
        creationPolicy: CreationPolicy.OWNER,
        deletionPolicy: DeletionPolicy.RETAIN,
        template: {
          engineVersion: EngineVersion.V2,
          mergePolicy: MergePolicy.MERGE,
          type: 'Opaque',
          metadata: { labels: systemLabel(scope) },
          data: { 'database.username': firstDatabaseRole(systemOf(scope)) },
          templateFrom: [{ target: 'Data', literal: certificates(namespace) }],
        },
      },
    },
  });

  // Its token is made for each reading, and reads this one Secret.
  const reader = new kplus.ServiceAccount(scope, 'generated-reader', {
    metadata: { name, annotations },
    automountToken: false,
  });
  const operator = addOns['external-secrets'].namespace;
  role(scope, 'generated-secret', {
    resource: 'secrets',
    verb: 'get',
    subject: { name: reader.name, namespace },
  });
  role(scope, 'generated-token', {
    resource: 'serviceaccounts/token',
    verb: 'create',
    subject: { name: 'external-secrets', namespace: operator },
  });
  new SecretStore(scope, 'secret-store', {
    metadata: { name, annotations },
    spec: {
      provider: {
        kubernetes: {
          remoteNamespace: namespace,
          server: {
            url: 'https://kubernetes.default.svc',
            caProvider: { type: CaProviderType.CONFIG_MAP, name: 'kube-root-ca.crt', key: 'ca.crt' },
          },
          auth: { serviceAccount: { name: reader.name } },
        },
      },
    },
  });
}

/** Every ExternalSecret of an app reads from there what it would read from Secrets Manager; an Error for what nobody generates. */
export const fromGenerated: Policy = ({ kind, spec }, made) => {
  if (kind !== ExternalSecret.GVK.kind || made.name === name) return;
  spec.secretStoreRef.name = name;
  for (const { remoteRef } of spec.data as { remoteRef: { key: string; property: string } }[]) {
    const value = `${remoteRef.key.split('/').at(-1)}.${remoteRef.property}`;
    if (!known.includes(value)) throw new Error(`${made.node.path}: nobody generates ${value}`);
    Object.assign(remoteRef, { key: name, property: value });
  }
};

/** One authority, and a certificate for each server; keys and values of YAML, which is how the text is read. */
function certificates(namespace: string): string {
  // A time to live is days; a certificate that outlasts it by far never ends before its preview.
  const days = 365;
  return servers
    .flatMap((server) => {
      const host = `${server}.${namespace}.svc.cluster.local`;
      const [ca, certificate, key] = certified(server);
      return [
        `{{- $ca := genCA "${namespace}" ${days} }}`,
        `{{- $made := genSignedCert "${host}" nil (list "${host}") ${days} $ca }}`,
        `${ca}: {{ $ca.Cert | toJson }}`,
        `${certificate}: {{ $made.Cert | toJson }}`,
        `${key}: {{ $made.Key | toJson }}`,
        '',
      ];
    })
    .join('\n');
}

function role(
  scope: Construct,
  roleName: string,
  { resource, verb, subject }: { resource: string; verb: string; subject: { name: string; namespace: string } },
): void {
  const metadata = { name: roleName, annotations: wave('prerequisites') };
  new kplus.k8s.KubeRole(scope, roleName, {
    metadata,
    rules: [{ apiGroups: [''], resources: [resource], resourceNames: [name], verbs: [verb] }],
  });
  new kplus.k8s.KubeRoleBinding(scope, `${roleName}-binding`, {
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: roleName },
    subjects: [{ apiGroup: '', kind: 'ServiceAccount', ...subject }],
  });
}
