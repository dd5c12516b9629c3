import { deepStrictEqual as same } from 'node:assert';
import { groovy } from './java.mjs';

/** What a pod of the builds may not be, and the end of the message that refuses it. */
const refused = [
  ['on the network of its node', (spec) => (spec.hostNetwork = true), 'shares nothing with its node'],
  ['among the processes of its node', (spec) => (spec.hostPID = true), 'shares nothing with its node'],
  ['in the memory of its node', (spec) => (spec.hostIPC = true), 'shares nothing with its node'],
  [
    'on a port of its node',
    (spec) => (spec.containers[0].ports = [{ containerPort: 8080, hostPort: 8080 }]),
    'shares nothing with its node',
  ],
  [
    'with a path of its node',
    (spec) => spec.volumes.push({ name: 'node', hostPath: { path: '/' } }),
    'mounts no path of its node',
  ],
  [
    'privileged',
    // The only one that the API server would take as privileged: the others may gain no privilege.
    (spec) => (spec.containers.find(({ name }) => name === 'buildkit').securityContext.privileged = true),
    'has no privileged container and none with more capabilities',
  ],
  [
    'with a capability',
    (spec) => (spec.containers.at(-1).securityContext.capabilities = { add: ['NET_ADMIN'] }),
    'has no privileged container and none with more capabilities',
  ],
  [
    'with all of /proc',
    (spec) => {
      spec.hostUsers = false;
      spec.containers[0].securityContext.procMount = 'Unmasked';
    },
    'has no privileged container and none with more capabilities',
  ],
  [
    'privileged before it starts',
    (spec) =>
      (spec.initContainers = [{ name: 'first', securityContext: { runAsNonRoot: true, privileged: true } }]),
    'has no privileged container and none with more capabilities',
  ],
  ['root', (spec) => (spec.containers[0].securityContext.runAsUser = 0), 'runs without root'],
  [
    'perhaps root',
    (spec) => {
      delete spec.securityContext;
      delete spec.containers[0].securityContext;
    },
    'runs without root',
  ],
  [
    'entered by another container',
    (spec) => (spec.ephemeralContainers = [{ name: 'debugger', image: 'busybox' }]),
    'is entered by no other container',
  ],
  ['on any node', (spec) => delete spec.nodeSelector, 'runs on the nodes of Jenkins'],
  ['on a node of the app', (spec) => (spec.nodeSelector = { workload: 'app' }), 'runs on the nodes of Jenkins'],
];

/** The policy of the builds' namespace, evaluated for the pod that Jenkins makes there and for worse ones. */
export function testAdmission(test, policy, pod) {
  console.log('Admission policy (CEL)');
  const worse = refused.map(([, change]) => {
    const changed = structuredClone(pod);
    change(changed.spec);
    return changed;
  });
  let answers;
  test('compiles', () => {
    answers = groovy('admission.groovy', JSON.stringify({ policy: policy.spec, objects: [pod, ...worse] }));
  });
  if (!answers) return;
  test('admits the pod that builds images', () => same(answers[0], []));
  for (const [i, [what, , why]] of refused.entries())
    test(`refuses one that is ${what}, and says so`, () => same(answers[i + 1], [`a pod of ci-build ${why}`]));
  test('has no rule that refuses nothing here', () =>
    same(
      policy.spec.validations.map(({ message }) => message).filter((message) => !answers.flat().includes(message)),
      [],
    ));
  test('would be refused itself with an expression that does not compile', () => {
    const broken = { ...policy.spec, validations: [{ expression: 'object.spec.volumes.all(v, v' }] };
    let said = '';
    try {
      groovy('admission.groovy', JSON.stringify({ policy: broken, objects: [pod] }));
    } catch ({ message }) {
      said = message;
    }
    same(said.includes('CelValidationException'), true);
  });
}
