import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { clusterScoped } from '../constructs/cluster-scoped';
import type { Cluster } from '../environments/environment';
import { buildNamespace } from '../environments/namespaces';
import { buildGroup } from '../environments/node-groups';

/**
 * What `privileged` lets in and BuildKit does not need. Without it whoever gets hold of the controller, which may make pods
 * there, gets hold of a node as well.
 */
export function admitBuildsOnly(scope: Construct, cluster: Cluster): void {
  const name = buildNamespace;
  const apiVersion = 'admissionregistration.k8s.io/v1';
  clusterScoped(
    new ApiObject(scope, 'admission', {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          matchPolicy: 'Equivalent',
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': buildNamespace } },
          objectSelector: {},
          resourceRules: [
            {
              apiGroups: [''],
              apiVersions: ['v1'],
              operations: ['CREATE', 'UPDATE'],
              resources: ['pods', 'pods/ephemeralcontainers'],
              scope: 'Namespaced',
            },
          ],
        },
        variables: [
          {
            name: 'containers',
            expression: 'object.spec.containers + object.spec.?initContainers.orValue([])',
          },
        ],
        validations: [
          rule(
            '!object.spec.?hostNetwork.orValue(false) && !object.spec.?hostPID.orValue(false) && !object.spec.?hostIPC.orValue(false) && variables.containers.all(c, c.?ports.orValue([]).all(p, p.?hostPort.orValue(0) == 0))',
            'shares nothing with its node',
          ),
          rule('object.spec.?volumes.orValue([]).all(v, !has(v.hostPath))', 'mounts no path of its node'),
          rule(
            'variables.containers.all(c, !c.?securityContext.?privileged.orValue(false) && c.?securityContext.?capabilities.?add.orValue([]).size() == 0 && c.?securityContext.?procMount.orValue("Default") == "Default")',
            'has no privileged container and none with more capabilities',
          ),
          rule(
            'variables.containers.all(c, c.?securityContext.?runAsNonRoot.orValue(object.spec.?securityContext.?runAsNonRoot.orValue(false)) && c.?securityContext.?runAsUser.orValue(object.spec.?securityContext.?runAsUser.orValue(1)) != 0)',
            'runs without root',
          ),
          rule('object.spec.?ephemeralContainers.orValue([]).size() == 0', 'is entered by no other container'),
          rule(
            `object.spec.?nodeSelector[?'workload'].orValue('') == '${buildGroup(cluster).workload}'`,
            'runs on the nodes of Jenkins',
          ),
        ],
      },
    }),
  );
  clusterScoped(
    new ApiObject(scope, 'admission-binding', {
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName: name, validationActions: ['Deny'] },
    }),
  );
}

function rule(expression: string, what: string) {
  return { expression, message: `a pod of ${buildNamespace} ${what}`, reason: 'Forbidden' };
}
