import { systemFacts } from '../../../charts/facts';
import type { Subject } from '../../rule';
import { ofContainers } from '../../rule-of';
import table from './known-images.json';

export const readOnlyRoot = ofContainers('read-only-root', function* ({ name, securityContext }) {
  if (securityContext?.readOnlyRootFilesystem !== true)
    yield [`${name} may write to its root file system`, 'securityContext', 'readOnlyRootFilesystem'];
});

/** What is known of a program's image: `(app)` is the system's own, the others are patterns. */
interface KnownImage {
  readonly image: string;
  /** Users that it was built with, below 10000, where another one would not own the image's files. */
  readonly users?: readonly number[];
  readonly why?: string;
  /** Why it reads its secrets from the environment and from nowhere else; what is not listed mounts them. */
  readonly readsEnvironment?: string;
}

function knownOf(image: string, { settings }: Subject): readonly KnownImage[] {
  const own = `\\.dkr\\.ecr\\.[^/]{1,64}/${systemFacts(settings).cluster.system.name}(:|@|$)`;
  return table.filter((each) => new RegExp(each.image === '(app)' ? own : each.image).test(image));
}

export const secretInEnvironment = ofContainers(
  'secret-in-environment',
  function* ({ name, image = '', env = [], envFrom = [] }, _, subject) {
    if (knownOf(image, subject).some(({ readsEnvironment }) => readsEnvironment)) return;
    const first = env.findIndex(({ valueFrom }) => valueFrom?.secretKeyRef);
    if (first >= 0) yield [`${name} has ${env[first]?.name} in its environment`, 'env', first];
    for (const [i, { secretRef }] of envFrom.entries())
      if (secretRef) yield [`${name} has all of Secret ${secretRef.name} in its environment`, 'envFrom', i];
  },
);

export const lowUser = ofContainers(
  'low-user',
  function* ({ name, image = '', securityContext }, { pod }, subject) {
    const user = securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser;
    if (typeof user !== 'number' || user === 0 || user >= 10_000) return;
    if (!knownOf(image, subject).some(({ users }) => users?.includes(user)))
      yield [`${name} runs as ${user}`, 'securityContext', 'runAsUser'];
  },
);

export const sshPort = ofContainers('ssh-port', function* ({ name, ports = [] }) {
  for (const [i, { containerPort, protocol = 'TCP' }] of ports.entries())
    if (containerPort === 22 && protocol === 'TCP') yield [`${name} opens 22`, 'ports', i, 'containerPort'];
});
