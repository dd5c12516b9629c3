import type { Construct } from 'constructs';
import {
  SecretStore,
  SecretStoreSpecProviderAwsService as Service,
  SecretStoreSpecProviderAwsSessionTagsPolicy as SessionTagsPolicy,
} from '../../imports/secret-store-external-secrets.io';
import { secretStoreName } from './external-secret';
import { wave } from './sync-wave';

/**
 * The door of a namespace to AWS Secrets Manager.
 *
 * @param role what the controller's Pod Identity assumes; it may read the namespace's own prefix and nothing else
 */
export function awsSecretStore(scope: Construct, region: string, role: string): void {
  new SecretStore(scope, 'secret-store', {
    metadata: { name: secretStoreName, annotations: wave('prerequisites') },
    spec: {
      provider: {
        aws: { service: Service.SECRETS_MANAGER, region, role, sessionTagsPolicy: SessionTagsPolicy.NONE },
      },
    },
  });
}
