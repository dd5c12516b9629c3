import { join } from 'node:path';
import { load } from 'js-yaml';
import type { KubernetesObject } from '../../review/model/tree';
import { judgeObject } from '../../review/schema/judge';
import { Schemas } from '../../review/schema/tables';
import { root } from '../support/root';

const schemas = new Schemas(join(root, 'review/schema/tables'));
const ofCluster = new Set(
  'ClusterRole ClusterRoleBinding IngressClass Namespace PriorityClass StorageClass ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding'.split(
    ' ',
  ),
);

/**
 * What the API server would refuse of an object of a few fields, with the metadata that every object needs.
 *
 * @param kind `Service`, or with its version `apps/v1 Deployment`
 * @param fields as YAML
 */
export function refusedOf(kind: string, fields: string): string[] {
  const [apiVersion, name = ''] = kind.includes(' ') ? kind.split(' ') : ['v1', kind];
  const { metadata: more, ...rest } = load(fields) as { metadata?: object };
  const metadata = { name: 'web', ...(!ofCluster.has(name) && { namespace: 'production' }), ...more };
  return judgeObject({ apiVersion, kind: name, metadata, ...rest } as KubernetesObject, schemas).map(
    ({ path, message }) => `${path.join('.')} ${message}`,
  );
}
