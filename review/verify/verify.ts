import { discreet } from '../../charts/environments/secret-texts';
import { type SystemFacts, systemFacts } from '../../charts/facts';
import program from '../../charts/program.json';
import type { Settings } from '../../charts/settings';
import { doing, limited } from '../limit';
import type { Manifest, Tree } from '../model/tree';
import { accepted } from './accepted';
import { type Attempt, attempt } from './attempts';
import { drift, leftovers } from './drift';
import { type Question, questions, type VerifyFinding, type VerifyReport } from './finding';
import { connectionsInUse, notAskable } from './fits/connections';
import { nodes } from './fits/nodes';
import { customResources, type Definition, kubernetes } from './fits/versions';
import { healthy } from './healthy/healthy';
import { ServedKinds } from './kinds';
import { Lines } from './lines';
import { Live } from './live';
import { type Scope, scopeOf } from './scope';
import { NoAnswerError, type Server } from './server';

interface Verification {
  /** The repository, whose files say where a field stands. */
  readonly root: string;
  readonly tree: Tree;
  readonly settings: Settings | SystemFacts;
  readonly imports: readonly Definition[];
  readonly environment: string;
  readonly only: readonly Question[];
  /** In milliseconds. */
  readonly now: number;
  /** Seconds in which all answers together are judged. */
  readonly within: number;
  /** Is told what is being done, and how far it is. */
  readonly say: (what: string, done?: number, of?: number) => void;
}

/**
 * Asks a cluster about one environment.
 *
 * @throws Error when the server does not answer at all, does not know who asks, or its answers take too long to judge
 */
export async function verify(server: Server, verification: Verification): Promise<VerifyReport> {
  const { tree, environment, only, root, say } = verification;
  const scope = scopeOf(tree, environment);
  say(`asking ${server.connection.server}`);
  const version = await hello(server);
  const live = new Live(server, await ServedKinds.ask(server));
  const lines = new Lines(root);
  const asks = (question: Question) => only.includes(question);

  // All is asked before anything is judged, so that the limit of time is that of our own work.
  const judges: [string, () => Iterable<VerifyFinding>][] = [];
  let attempts: ReadonlyMap<Manifest, Attempt> = new Map();
  if (asks('accepted') || asks('drift')) {
    const of = scope.manifests.length;
    let done = 0;
    say('trying objects', done, of);
    attempts = await attempt(scope, live, server, () => say('trying objects', ++done, of));
    judges.push(['what is accepted', () => accepted(attempts, live.kinds, lines)]);
  }
  if (asks('drift')) {
    say('comparing with what is there');
    judges.push(['drift', await drift(scope, live, attempts, lines)]);
    judges.push(['what is left over', await leftovers(scope, live, kindsOf(tree))]);
  }
  if (asks('healthy')) {
    say('looking at what runs');
    const environments = tree.manifests.map((each) => each.environment);
    const { alerts } = systemFacts(verification.settings).cluster;
    judges.push(['health', await healthy(scope, live, { alerts, environments, now: verification.now })]);
  }
  if (asks('fits')) {
    say('comparing versions, nodes and connections');
    judges.push(['what fits', await fits(scope, live, version, verification)]);
  }
  return limited(() => {
    const found = judges.flatMap(([name, judge]) => {
      doing(name);
      return [...judge()];
    });
    return reportOf([...found, ...live.gaps], { server, scope, version, verification });
  }, verification.within);
}

/** Its version, which is also how it is seen that it answers, and to whom. */
async function hello(server: Server): Promise<string> {
  const { server: address, context } = server.connection;
  try {
    const { status, body } = await server.ask({ show: '/version' });
    if (status === 401)
      throw new Error(
        `${address} does not accept the credentials of context ${context}: they are expired, or of another cluster; sign in again (aws sso login, aws eks update-kubeconfig)`,
      );
    if (status >= 300 || typeof body?.gitVersion !== 'string')
      throw new Error(`${address} does not answer like a Kubernetes API server: ${status} ${body?.message ?? ''}`);
    return body.gitVersion;
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error;
    throw new Error(
      `${address} (context ${context}) cannot be reached: ${error.message}; look at the network, the VPN, and who may reach the cluster's endpoint`,
    );
  }
}

async function fits(
  { environment, namespaces }: Scope,
  live: Live,
  version: string,
  { settings, imports }: Verification,
): Promise<() => VerifyFinding[]> {
  const counted = await live.read('fits', 'v1', 'Node');
  const definitions = await customResources(imports, live);
  const site = siteOf(settings, environment);
  if (site)
    await Promise.all(
      namespaces.flatMap((name) => [
        live.read('fits', 'v1', 'Pod', name),
        live.read('fits', 'autoscaling/v2', 'HorizontalPodAutoscaler', name),
      ]),
    );
  const all = live.ofKind('Node').map(({ object }) => object);
  return () => [
    ...kubernetes(version, systemFacts(settings).cluster.kubernetes, all),
    ...(counted ? nodes(all, systemFacts(settings).cluster, systemFacts(settings).file) : []),
    ...definitions(),
    ...(site ? connectionsInUse(site, live) : []),
  ];
}

/** Each with the version it is written in; what was ours once is of a kind that some environment still has. */
function kindsOf({ manifests }: Tree): [string, string][] {
  const all = manifests.map(
    ({ object: { apiVersion, kind } }) => [`${apiVersion}/${kind}`, [apiVersion, kind]] as const,
  );
  return [...new Map(all).values()] as [string, string][];
}

function siteOf(settings: Verification['settings'], environment: string) {
  return systemFacts(settings).environments.find(({ name }) => name === environment)?.pooled;
}

interface Circumstances {
  readonly server: Server;
  readonly scope: Scope;
  readonly version: string;
  readonly verification: Verification;
}

function reportOf(
  all: readonly VerifyFinding[],
  { server, scope, version, verification }: Circumstances,
): VerifyReport {
  const { only, settings, environment } = verification;
  // Drift needs what was accepted: where something was not, that is its answer too.
  const instead = ({ level, what }: VerifyFinding) =>
    level === 'unanswered' || (level === 'mismatch' && ['rejected', 'not-served', 'no-namespace'].includes(what));
  const findings = all
    .filter((each) => only.includes(each.question) || (each.question === 'accepted' && instead(each)))
    // A server's own words quote what it refuses.
    .map((each) => ({ ...each, message: discreet(each.message), ...(each.fix && { fix: discreet(each.fix) }) }))
    .sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
  const count = (level: VerifyFinding['level']) => findings.filter((each) => each.level === level).length;
  const counts = { mismatch: count('mismatch'), unanswered: count('unanswered'), note: count('note') };
  const { context, server: address } = server.connection;
  const site = siteOf(settings, environment);
  return {
    apiVersion: `${program.reports}/v1`,
    kind: 'VerifyReport',
    environment,
    context,
    server: address,
    kubernetes: version,
    asked: questions.filter((each) => only.includes(each)),
    passed: counts.mismatch + counts.unanswered === 0,
    objects: scope.manifests.length,
    counts,
    findings,
    notAsked: [
      ...(only.includes('fits') && site ? notAskable(site) : []),
      ...(only.includes('healthy') ? beyond : []),
    ],
  };
}

/** Certificates that nobody sees who may not read Secrets, or that are not in the cluster. */
const beyond = [
  'certificates in Secrets, which verify has no right to read: an ExternalSecret that is Ready has the last one; their end is in docs/runbooks/staging-certificates.md',
  'the certificate of the load balancer, which is in ACM: the monitor certificate-expiry watches it from outside',
];

function rank({ question, level, file, object, path, what }: VerifyFinding): string {
  const place = [questions.indexOf(question), ['mismatch', 'unanswered', 'note'].indexOf(level)];
  return [...place, file ?? '', object?.kind, object?.namespace, object?.name, path, what].join('\0');
}
