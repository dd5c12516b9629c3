import type { Construct } from 'constructs';
import {
  ExternalSecretSpecDataRemoteRefConversionStrategy as Conversion,
  ExternalSecretSpecTargetCreationPolicy as CreationPolicy,
  ExternalSecretSpecDataRemoteRefDecodingStrategy as Decoding,
  ExternalSecretSpecTargetDeletionPolicy as DeletionPolicy,
  ExternalSecretSpecTargetTemplateEngineVersion as EngineVersion,
  ExternalSecret,
  ExternalSecretSpecTargetTemplateMergePolicy as MergePolicy,
  ExternalSecretSpecDataRemoteRefMetadataPolicy as Metadata,
  ExternalSecretSpecSecretStoreRefKind as StoreKind,
} from '../../imports/external-secret-external-secrets.io';
import type { Policy } from '../chart-folder';
import { entryName, type SecretRef } from '../environments/secrets';
import { type Duration, seconds } from '../environments/units';
import { wave } from './sync-wave';
import { systemLabel, systemOf } from './system';

/** The SecretStore of each namespace. */
export const secretStoreName = 'aws-secrets-manager';

export interface ExternalSecretProps {
  /** The name of the ExternalSecret and of the Secret it makes. */
  readonly name: string;
  readonly namespace: string;
  /** Key in the Secret, or variable of the templates, to the entry it comes from. */
  readonly data: Readonly<Record<string, SecretRef>>;
  /** Files made of the data with Go templates; then the Secret holds these and not the data. */
  readonly templates?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * A hook needs it: the sync waits until it is made. Otherwise it comes with the workload, whose pods wait for it
   * themselves, and no sync waits for External Secrets or AWS.
   */
  readonly forHook?: boolean;
}

/**
 * A Secret made from AWS Secrets Manager. All that External Secrets' webhook fills in is written out, or Argo CD would
 * see a difference for ever; and the Secret's labels are set, or Argo CD's own tracking label would be copied to it.
 */
export function externalSecret(scope: Construct, id: string, props: ExternalSecretProps): ExternalSecret {
  return new ExternalSecret(scope, id, {
    metadata: { name: props.name, annotations: wave(props.forHook ? 'prerequisites' : 'workload') },
    spec: {
      secretStoreRef: { kind: StoreKind.SECRET_STORE, name: secretStoreName },
      target: {
        name: props.name,
        creationPolicy: CreationPolicy.OWNER,
        deletionPolicy: DeletionPolicy.RETAIN,
        template: {
          engineVersion: EngineVersion.V2,
          mergePolicy: MergePolicy.REPLACE,
          type: 'Opaque',
          metadata: { labels: { ...systemLabel(scope), ...props.labels } },
          data: props.templates,
        },
      },
      data: Object.entries(props.data).map(([secretKey, { namespace = props.namespace, entry, key }]) => ({
        secretKey,
        remoteRef: {
          key: entryName(systemOf(scope), { namespace, entry }),
          property: key,
          conversionStrategy: Conversion.DEFAULT,
          decodingStrategy: Decoding.NONE,
          metadataPolicy: Metadata.NONE,
        },
      })),
    },
  });
}

/** How often every entry of an app is read again. */
export function refreshed(every: Duration): Policy {
  // As Kubernetes writes a duration: Argo CD would show another spelling as a difference.
  const all = seconds(every);
  const [hours, minutes] = [Math.floor(all / 3600), Math.floor(all / 60) % 60];
  const text = `${hours > 0 ? `${hours}h` : ''}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}${all % 60}s`;
  return ({ kind, spec }) => {
    if (kind === ExternalSecret.GVK.kind) spec.refreshInterval = text;
  };
}
