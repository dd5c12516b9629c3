import { systemFacts } from '../../../charts/facts';
import type { Subject } from '../../rule';
import { ofContainers } from '../../rule-of';

export const readOnlyRoot = ofContainers('read-only-root', function* ({ name, securityContext }) {
  if (securityContext?.readOnlyRootFilesystem !== true)
    yield [`${name} may write to its root file system`, 'securityContext', 'readOnlyRootFilesystem'];
});

/** The image of the system's own app, in its registry. */
const ofApp = 'app';

/** Whether an image is of an entry below. */
function isOf(wanted: RegExp | typeof ofApp, image: string, { settings }: Subject): boolean {
  if (wanted !== ofApp) return wanted.test(image);
  const [registry = '', repository] = image.split('@')[0]?.split(/\/([^/]*)$/) ?? [];
  return /\.dkr\.ecr\./.test(registry) && repository?.split(':')[0] === systemFacts(settings).cluster.system.name;
}

/** Programs that read their secrets from the environment and from nowhere else; what is not listed mounts them. */
export const readEnvironment: readonly { readonly image: RegExp | typeof ofApp; readonly why: string }[] = [
  {
    image: ofApp,
    why: 'Rails and its gems (REDIS_URL, SENTRY_DSN, SMTP_PASSWORD) read ENV; a leaked one is rotated, and Reloader restarts what reads it',
  },
  {
    image: /\/datadog\/(agent|cluster-agent):/,
    why: 'the agents read DD_API_KEY and the auth token from the environment',
  },
  {
    image: /\/library\/redis:/,
    why: 'redis-cli, which the probes run, takes its password from REDISCLI_AUTH; an argument would be seen by all',
  },
];

export const secretInEnvironment = ofContainers(
  'secret-in-environment',
  function* ({ name, image = '', env = [], envFrom = [] }, _, subject) {
    if (readEnvironment.some((each) => isOf(each.image, image, subject))) return;
    const first = env.findIndex(({ valueFrom }) => valueFrom?.secretKeyRef);
    if (first >= 0) yield [`${name} has ${env[first]?.name} in its environment`, 'env', first];
    for (const [i, { secretRef }] of envFrom.entries())
      if (secretRef) yield [`${name} has all of Secret ${secretRef.name} in its environment`, 'envFrom', i];
  },
);

/** Users that an image was built with, below 10000, where another one would not own the image's files. */
export const lowUsers: readonly {
  readonly image: RegExp | typeof ofApp;
  readonly users: readonly number[];
  readonly why: string;
}[] = [
  { image: ofApp, users: [1000], why: 'the default image of Rails makes the user `rails`, 1000' },
  {
    image: /\/aws-cli\/aws-cli:/,
    users: [1000],
    why: 'any user will do; the app’s own, so that both read one volume',
  },
  { image: /\/jenkins\/jenkins:/, users: [1000], why: 'the image makes the user `jenkins`, 1000' },
  { image: /\/pgbouncer:/, users: [998], why: 'the image makes the user `pgbouncer`, 998' },
  { image: /\/postgres:/, users: [999], why: 'the image makes the user `postgres`, 999' },
  { image: /\/redis:/, users: [999], why: 'the image makes the user `redis`, 999' },
  {
    image: /\/datadog\/(agent|cluster-agent):/,
    users: [0, 100, 101],
    why: 'the image makes `dd-agent`; root is told by run-as-root',
  },
];

export const lowUser = ofContainers(
  'low-user',
  function* ({ name, image = '', securityContext }, { pod }, subject) {
    const user = securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser;
    if (typeof user !== 'number' || user === 0 || user >= 10_000) return;
    if (!lowUsers.some((each) => isOf(each.image, image, subject) && each.users.includes(user)))
      yield [`${name} runs as ${user}`, 'securityContext', 'runAsUser'];
  },
);

export const sshPort = ofContainers('ssh-port', function* ({ name, ports = [] }) {
  for (const [i, { containerPort, protocol = 'TCP' }] of ports.entries())
    if (containerPort === 22 && protocol === 'TCP') yield [`${name} opens 22`, 'ports', i, 'containerPort'];
});
