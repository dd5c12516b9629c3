import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { judgeAlerts } from './environments/alert-rules';
import { judgeClusterOnAws, judgeEnvironmentOnAws, judgeOneOnAws } from './environments/aws-rules';
import { type Cluster, type Environment, schemas } from './environments/environment';
import { clusterNamespaces } from './environments/namespaces';
import { type AnyEnvironment, judgePreviews } from './environments/preview-environment';
import type { SettingsProblem } from './environments/problem';
import { pulledThrough } from './environments/pull-through';
import { judgeCluster, judgeConnections, judgeEnvironment, judgeTogether } from './environments/rules';
import { discreet } from './environments/secret-texts';
import { type Awaited, asStarted, awaitedParameters, untilRestarted } from './environments/static-parameters';
import { dnsLabelText } from './environments/units';
import { quoted, visible } from './environments/visible';
import { readText, textIfThere } from './files';
import { type AppName, appNames, loadPromoted, type Promoted } from './images';
import { loadPreviews } from './previews';
import { type Outputs, placeholderAccount, registryOf, type Stack } from './terraform-outputs/declared';
import { loadOutputs } from './terraform-outputs/load';

/** An environment with all that its charts need: the cluster it is in, its images, its data layer. */
export interface AnySite<Present extends AppName = never> extends Promoted<Present> {
  readonly cluster: Cluster;
  readonly outputs: Outputs<'cluster'>;
  readonly environment: AnyEnvironment;
  /** `instance` is RDS' identifier, where it is RDS. */
  readonly database: Endpoint & {
    readonly name: string;
    readonly certificates?: string;
    readonly instance?: string;
  };
  readonly redis: Endpoint;
  /** Buckets of the environment, where it has any. */
  readonly buckets?: { readonly uploads: string; readonly assets: string };
}

/** One that stays. */
export interface Site<Present extends AppName = never> extends AnySite<Present> {
  readonly environment: Environment;
}

/** One of a pull request. */
export interface PreviewSite extends AnySite<AppName> {
  readonly number: string;
}

/** Those that stay and those that come and go. */
export function everySite({ sites, previews }: Pick<Settings, 'sites' | 'previews'>): readonly AnySite[] {
  return [...sites, ...previews];
}

/** Where a person changes what an environment has. */
export function settingsFileOf({ name, preview }: AnyEnvironment): string {
  return `charts/environments/${preview ? 'preview' : name}.ts`;
}

/** Whether its versions go through a canary; one that comes and goes replaces them at once. */
export function hasCanary<Present extends AppName>(site: AnySite<Present>): site is Site<Present> {
  return site.environment.web.canary !== undefined;
}

/** Whether an app has an image in the environment; its chart is made from then on. */
export function hasImage<App extends AppName>(site: Site, app: App): site is Site<App> {
  return site.images[app] !== undefined;
}

/** What an app connects to, and how a NetworkPolicy names it. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly peers: readonly ({ readonly cidr: string } | { readonly pods: Readonly<Record<string, string>> })[];
}

export interface Settings {
  readonly cluster: Cluster;
  readonly outputs: Outputs<'cluster'>;
  readonly sites: readonly Site[];
  /** Those that are open, by number. */
  readonly previews: readonly PreviewSite[];
  /** The outputs are those of the time before the first `terraform apply`. */
  readonly placeholders: boolean;
  /** What databases have not been restarted for yet; nothing counts on it. */
  readonly awaited: readonly Awaited[];
}

/** What is about to be committed, and is written together with the manifests it changes: outputs, and other files by path. */
export type Given = Readonly<Partial<Record<Stack, string>>> & {
  readonly files?: Readonly<Record<string, string>>;
};

/** Every app that has no image in an environment yet, so that nothing of it is made, and how it gets one. */
export function notYet({ sites }: Settings): string[] {
  return sites.flatMap(({ environment: { name }, images }) => {
    const missing = appNames.filter((app) => images[app] === undefined);
    const all = missing.map((app) => `${app}=<image>`).join(' ');
    return missing.length > 0
      ? [
          `${name} has no image of ${missing.join(', ')} yet, and nothing of it is made: npm run promote -- ${name} ${all}`,
        ]
      : [];
  });
}

/** Characters of a problem; nobody reads more. */
const longest = 2_000;

/** Problems that are told; whoever has more has one mistake that makes them. */
const mostTold = 200;

/** Every problem of the settings at once, one a line: file, path, value, remedy. */
export class SettingsError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    // A value that is not well-formed may be of any length, and of several lines.
    const said = problems.slice(0, mostTold).map((each) =>
      visible(
        discreet(each.slice(0, 10 * longest))
          .slice(0, longest)
          .replaceAll('\n', ' '),
      ),
    );
    if (problems.length > mostTold)
      said.push(`charts/environments/: and ${problems.length - mostTold} problems more; mend these first`);
    super(said.join('\n'));
    this.problems = said;
  }
}

/**
 * Checks the settings and joins them with Terraform's outputs and the promoted images.
 *
 * @param root the repository
 * @param given what is not in its files yet
 * @throws SettingsError with every problem found
 */
export function loadSettings(
  root: string,
  { cluster, environments }: Readonly<Record<'cluster' | 'environments', unknown>>,
  given: Given = {},
): Settings {
  const outputs = loadOutputs(root, 'cluster', undefined, given.cluster);
  const production = loadOutputs(root, 'production', outputs.values?.account_id, given.production);
  const problems = [...outputs.problems, ...production.problems];

  const {
    cluster: checkedCluster,
    environments: checked,
    problems: wrong,
  } = checkSettings({ cluster, environments });
  problems.push(...wrong);

  if (checkedCluster && outputs.values) {
    const { name } = checkedCluster.system;
    if (!Object.hasOwn(outputs.values.ecr_repository_urls, name))
      problems.push(
        `terraform-bridge/outputs/cluster.json: ecr_repository_urls: has no ${quoted(name)}; add it to aws.registries of charts/environments/cluster.ts and apply the stack`,
      );
    for (const [output, expected] of [
      ['region', checkedCluster.region],
      ['cluster_name', checkedCluster.name],
    ] as const)
      if (outputs.values[output] !== expected)
        problems.push(
          `terraform-bridge/outputs/cluster.json: ${output}: ${quoted(outputs.values[output])} is not that of charts/environments/cluster.ts, ${quoted(expected)}; apply the stack with these settings`,
        );
  }
  for (const namespace of [...checked.map((environment) => environment.namespace), ...clusterNamespaces])
    if (outputs.values && !Object.hasOwn(outputs.values.secret_store_role_arns, namespace))
      problems.push(
        `terraform-bridge/outputs/cluster.json: secret_store_role_arns: has no role for namespace ${namespace}; add it to the cluster stack and apply`,
      );

  const started = startedWith(production.values);
  const sites = checked.map((environment) =>
    environment.aws && started ? asStarted(environment, started) : environment,
  );
  if (checkedCluster && problems.length === 0)
    for (const environment of sites.filter((site) => !checked.includes(site)))
      problems.push(
        ...[...judgeConnections(environment), ...judgeAlerts(checkedCluster, sites)].map((problem) => {
          const { path, message } = untilRestarted(problem, environment.connections);
          return `charts/environments/${environment.name}.ts: ${path}: ${message}`;
        }),
      );

  const read = (path: string) => given.files?.[path] ?? textIfThere(join(root, path));
  // What cannot be the name of a folder has been told of, and is not looked for.
  const promoted = checked.flatMap(({ name }) => {
    if (!v.is(dnsLabelText, name)) return [];
    const isDelivered = (app: AppName) => existsSync(join(root, 'dist', name, app));
    return loadPromoted(name, read, isDelivered, problems);
  });
  const previews = checkedCluster ? loadPreviews(root, checkedCluster, checked, given.files ?? {}, problems) : [];
  const certificates = outputs.values && readCertificates(root, outputs.values.region, problems);
  if (!checkedCluster || !outputs.values || !production.values || !certificates || problems.length > 0)
    throw new SettingsError(problems);

  const [aws, data] = [outputs.values, production.values];
  const registry = registryOf(aws);
  const pulled = <T>(each: T) => pulledThrough(each, checkedCluster, registry);
  const ready = pulled(checkedCluster);
  return {
    cluster: ready,
    outputs: aws,
    previews: previews.map(({ environment, ...one }) => ({
      cluster: ready,
      outputs: aws,
      environment: pulled(environment),
      ...one,
      ...inNamespace(environment),
    })),
    placeholders: aws.account_id === placeholderAccount || data.account_id === placeholderAccount,
    awaited: started ? checked.flatMap((each) => (each.aws ? awaitedParameters(each, started) : [])) : [],
    sites: sites.map((environment, i) => ({
      cluster: ready,
      outputs: aws,
      environment: pulled(environment),
      ...(promoted[i] as Promoted),
      ...(environment.inCluster ? inNamespace(environment) : onAws(aws, data, certificates)),
    })),
  };
}

/** What the database was last started with; undefined before there is one, when its first start takes what is set. */
function startedWith(outputs: Outputs<'production'> | undefined): Readonly<Record<string, string>> | undefined {
  return outputs && outputs.account_id !== placeholderAccount ? outputs.database_static_parameters : undefined;
}

/**
 * Checks what stands in `charts/environments/` alone, without outputs and images: all that Terraform's stacks are made of.
 *
 * @returns what is well-formed, and every problem
 */
export function checkSettings({ cluster, environments }: Readonly<Record<'cluster' | 'environments', unknown>>): {
  readonly cluster?: Cluster;
  readonly environments: Environment[];
  readonly problems: readonly string[];
} {
  const problems: string[] = [];
  // What cannot be the name of a file stands in the list of them.
  const of = (name: unknown) => (problem: SettingsProblem) =>
    `charts/environments/${v.is(dnsLabelText, name) ? name : 'index'}.ts: ${problem.path}: ${problem.message}`;
  const checkedCluster = checkAgainst(schemas.cluster, cluster, of('cluster'), problems);
  if (!Array.isArray(environments))
    problems.push(
      of('index')({ path: 'environments', message: `${quoted(environments)} is not a list; see ${ourSchema}` }),
    );
  // Copied, so that a comma too many leaves a value that is missing, and not a hole that nobody looks at.
  const given: unknown[] = Array.isArray(environments) ? [...environments] : [];
  const checked = given.flatMap((environment) => {
    const named = (environment as { name?: unknown } | null)?.name;
    return checkAgainst(schemas.environment, environment, of(named), problems) ?? [];
  });
  if (checkedCluster) {
    problems.push(...[...judgeCluster(checkedCluster), ...judgeClusterOnAws(checkedCluster)].map(of('cluster')));
    for (const environment of checked)
      problems.push(
        ...[
          ...judgeEnvironment(environment, checkedCluster),
          ...judgeEnvironmentOnAws(environment, checkedCluster),
        ].map(of(environment.name)),
      );
  }
  // An environment that is not even well-formed is missing here, and has been told of.
  if (checkedCluster && checked.length === given.length)
    problems.push(
      ...[...judgeAlerts(checkedCluster, checked), ...judgePreviews(checkedCluster, checked)].map(of('cluster')),
    );
  for (const problem of [...judgeTogether(checked), ...judgeOneOnAws(checked)])
    problems.push(of(problem.environment)(problem));
  return { cluster: checkedCluster, environments: checked, problems };
}

/**
 * @param of a problem in words, with its file
 * @param problems to which those of the value are added
 * @param read where each setting of this schema has its name, its unit and its reason
 * @returns the value when it is of the type, wrong or not
 */
export function checkAgainst<T>(
  schema: v.GenericSchema<unknown, T>,
  value: unknown,
  of: (problem: SettingsProblem) => string,
  problems: string[],
  read = ourSchema,
): T | undefined {
  if (valuesIn(value) > mostValues) {
    problems.push(of({ path: '(all)', message: `has more than ${mostValues} values; make it smaller` }));
    return undefined;
  }
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  for (const issue of result.issues)
    problems.push(of({ path: v.getDotPath(issue) ?? '(all)', message: say(issue, read) }));
  // What is of the right type can still be judged together with the rest.
  return result.typed ? result.output : undefined;
}

/** Values of one file of settings; ours have three hundred. */
const mostValues = 10_000;

function valuesIn(value: unknown, seen = new Set<unknown>()): number {
  if (typeof value !== 'object' || value === null || seen.has(value)) return 1;
  seen.add(value);
  let count = 1;
  for (const inner of Object.values(value)) {
    count += valuesIn(inner, seen);
    if (count > mostValues) break;
  }
  return count;
}

/** Where each setting has its name, its unit and its reason. */
const ourSchema = 'charts/environments/environment.ts';

/** Our own messages hold value and remedy; the schema's are put into the same words. */
function say({ type, expected, input, message }: v.BaseIssue<unknown>, read: string): string {
  if (type === 'strict_object' && expected === 'never')
    return `is an unknown field; remove it, or look in ${read} for its name`;
  if (type === 'strict_object' && expected !== 'Object') return `is missing; add it, ${read} says what it means`;
  if (input === undefined) return `is missing; add it, ${read} says what it means`;
  return message.startsWith(quoted(input)) ? message : `${quoted(input)} is not ${expected}; see ${read}`;
}

/** The authorities of RDS in a region, which PgBouncer verifies the database by. */
function readCertificates(root: string, region: string, problems: string[]): string | undefined {
  const file = `charts/environments/certificates/rds-${region}.pem`;
  try {
    return readText(join(root, file));
  } catch {
    problems.push(
      `${file}: is missing; take the bundle of ${region} from the certificates page of the Amazon RDS guide`,
    );
    return undefined;
  }
}

/** RDS and ElastiCache, reachable in the database subnets. */
function onAws(aws: Outputs<'cluster'>, data: Outputs<'production'>, certificates: string) {
  const peers = aws.database_subnet_cidrs.map((cidr) => ({ cidr }));
  return {
    database: {
      host: data.database_host,
      port: data.database_port,
      name: data.database_name,
      peers,
      certificates,
      instance: data.database_instance_id,
    },
    redis: { host: data.redis_host, port: data.redis_port, peers },
    buckets: { uploads: data.uploads_bucket, assets: data.assets_bucket },
  };
}

function inNamespace({ namespace }: Pick<Environment, 'namespace'>) {
  const server = (name: string, port: number) => ({
    host: `${name}.${namespace}.svc.cluster.local`,
    port,
    peers: [{ pods: { 'app.kubernetes.io/name': name } }],
  });
  return { database: { ...server('postgres', 5432), name: 'eren' }, redis: server('redis', 6379) };
}
