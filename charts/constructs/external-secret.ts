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
import { entryName, type SecretRef } from '../environments/secrets';
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
      // A rotated value is in the pods' files within the minute after this.
      refreshInterval: '5m0s',
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
