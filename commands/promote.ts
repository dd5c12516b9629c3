import { InvalidArgumentError, Option } from 'commander';
import type { AppName } from '../charts/images';
import program from '../charts/program.json';
import {
  type Choice,
  checkNames,
  type DeployOptions,
  deploy,
  deployCommand,
  exitWith,
  listed,
  type References,
  textOrNothing,
} from './deploy';
import { freezeOf, frozen, isInForce, Refused } from './freezes';
import { imagesOf } from './history';
import { promoted } from './promoted';

interface PromoteOptions extends DeployOptions {
  readonly from?: string;
  readonly schema?: string;
  readonly stable?: string;
}

const promote = deployCommand(
  'promote',
  'Makes an environment run an image: writes the image files, and synthesizes.',
  [
    'npm run promote -- staging web <registry>/app:4f2c9de-128@sha256:<64 hex digits>  one app, to look at',
    'npm run promote -- staging web=<image> sidekiq=<image> --push   several apps in one commit, which deploys them',
    'npm run promote -- staging <image> --push                       all apps',
    'npm run promote -- production --from staging --push             what runs in staging',
    'npm run promote -- production web sidekiq --from staging        of these apps',
  ],
)
  .argument('[app=image...]', 'an app and its image, as it was pushed: repository:tag@digest')
  .option('--from <environment>', 'the images that run there')
  .addOption(
    new Option(
      '--schema <digest>',
      "digest of the image's migrations; when it stays the same, nothing has to migrate (default: not known)",
    ).argParser(digest),
  )
  .option(
    '--stable <app>',
    "the image has passed the app's canary, so a rollback may go back to it (the pipeline says so)",
  )
  .action((environment: string, words: string[], options: PromoteOptions) => {
    if (words.length === 0 && !options.from)
      promote.error(
        "error: missing required argument 'app': write <app>=<image>, an image for all apps, or --from <environment>",
      );
    return exitWith(() => run(environment, words, options));
  });
promote.parseAsync();

async function run(environment: string, words: readonly string[], options: PromoteOptions): Promise<void> {
  const { appNames, apps } = await promoted();
  const { from, stable, schema } = options;
  const wanted = meaning(words, from);
  const names = await checkNames(environment, wanted.apps, wanted.problems);
  if (from) await checkNames(from, []);
  const chosen = names.length > 0 ? names : appNames;
  const judges = appNames.filter((app) => 'judge' in apps[app] && apps[app].judge === app);
  if (stable !== undefined && !judges.some((app) => app === stable))
    throw new Error(`--stable ${stable}: only ${judges.join(' or ')} has a canary; use --stable ${judges[0]}`);
  if (schema !== undefined && !chosen.includes('migrations'))
    throw new Error('--schema is of the image of migrations, which is not promoted; add migrations=<image>');
  await deploy(
    {
      environment,
      apps: chosen,
      stable: stable as AppName | undefined,
      choose: async (current) => {
        const choice: Choice = from
          ? await runningIn(from, environment, chosen, names.length > 0)
          : { images: Object.fromEntries(chosen.map((app) => [app, wanted.imageOf(app)])), schema };
        if (stable) await refuseUnseen(environment, stable as AppName, current, choice);
        return { ...choice, notes: [...(choice.notes ?? []), ...(await waits(environment, current, choice))] };
      },
      permit: (choice) => refuseFrozen(environment, choice, stable as AppName | undefined),
      subject: (groups) =>
        `promote ${listed(groups.map(({ apps, tag }) => `${apps} ${tag}`))} to ${environment}${from ? ` from ${from}` : ''}`,
    },
    options,
  );
}

/** @throws Refused unless it only completes a release whose canary has passed: half of one would be worse */
async function refuseFrozen(environment: string, { images }: Choice, stable: AppName | undefined): Promise<void> {
  const freeze = freezeOf(environment);
  if (!freeze || !isInForce(freeze)) return;
  const { imageFile } = await promoted();
  const runs = stable && textOrNothing(imageFile(environment, stable))?.trimEnd();
  if (runs && Object.values(images).every((image) => image === runs)) return;
  throw new Refused(
    `${frozen(environment, freeze)}; rollback and revert go through, and ${program.command} freeze ${environment} --end --push ends it`,
  );
}

/**
 * What the words say: `web=<image> sidekiq=<image>`, `web <image>`, `web sidekiq <image>`, or `<image>` for all.
 *
 * @returns with what is wrong of them, a line each
 */
function meaning(words: readonly string[], from: string | undefined) {
  const pairs = new Map<string, string>();
  const names: string[] = [];
  const images: string[] = [];
  const problems: string[] = [];
  for (const word of words) {
    const [, app, image] = /^([^=:@/]*)=(.*)$/s.exec(word) ?? [];
    if (app === undefined || image === undefined) (/[:@/]/.test(word) ? images : names).push(word);
    else if (pairs.has(app)) problems.push(`${app} has two images; give it one`);
    else pairs.set(app, image);
  }
  for (const name of names.filter((name) => pairs.has(name)))
    problems.push(`${name} is named twice; once is enough`);
  if (images.length > 1) problems.push(`${images.length} images have no app; write <app>=<image> for each`);
  if (from && pairs.size + images.length > 0)
    problems.push(`--from ${from} and an image contradict each other; leave one of them out`);
  if (!from && images.length === 0 && names.length > 0)
    problems.push(
      `${listed(names)}: no image is given; write ${names.map((name) => `${name}=<image>`).join(' ')}`,
    );
  if (images.length > 0 && names.length === 0 && pairs.size > 0)
    problems.push(`${JSON.stringify(images[0])} has no app; write <app>=<image>`);
  return {
    problems,
    apps: [...pairs.keys(), ...names],
    imageOf: (app: string) => pairs.get(app) ?? (images[0] as string),
  };
}

/** The images of another environment. @throws Error that names every app without one, when the apps were named */
async function runningIn(
  from: string,
  environment: string,
  apps: readonly AppName[],
  isNamed: boolean,
): Promise<Choice> {
  const { apps: all, imageFile, parseSchema, parseStable, schemaFile, stableFile } = await promoted();
  if (from === environment) throw new Error(`--from ${from}: is the environment itself; name another`);
  const images: Partial<Record<AppName, string>> = {};
  const missing: string[] = [];
  for (const app of apps) {
    const reference = textOrNothing(imageFile(from, app))?.trimEnd();
    if (reference === undefined || /@sha256:0+$/.test(reference)) missing.push(app);
    else images[app] = reference;
  }
  if (missing.length > 0 && (isNamed || missing.length === apps.length))
    throw new Error(`${from} has no image of ${listed(missing)} yet; promote one there first`);
  const notes = missing.map((app) => `${from} has no image of ${app} yet, so ${environment} keeps its own`);
  const schema = textOrNothing(schemaFile(from));
  const judged = parseStable(textOrNothing(stableFile(from, 'web')) ?? '');
  if (images.web && all.web.judge && !judged.some(({ reference }) => reference === images.web))
    notes.push(
      `web of ${from} has not been recorded as stable there: its canary may be under way, or may have failed`,
    );
  return { images, notes, ...(images.migrations && schema && { schema: digestOf(parseSchema(schema).id) }) };
}

/** The digest of files; nobody else knows the image's own digest either, which stands where none was given. */
function digestOf(id: string): string | undefined {
  return id.startsWith('sha256:') ? undefined : id;
}

/** @throws Error when the canary cannot have passed the image, because the app has not run it */
async function refuseUnseen(
  environment: string,
  stable: AppName,
  current: References,
  { images }: Choice,
): Promise<void> {
  const { imageFile } = await promoted();
  const file = imageFile(environment, stable);
  const [reference, ...others] = new Set(Object.values(images));
  if (others.length > 0) throw new Error('--stable is of one image; promote the others by themselves');
  const held = await imagesOf(file, textOrNothing(file));
  if ((stable in images && current[stable] !== reference) || !held.some((image) => image.reference === reference))
    throw new Error(
      `--stable ${stable}: ${file} has never held ${reference}, so no canary has passed it; promote it to ${stable} and wait for the canary`,
    );
}

/** What pods will wait for when they start, as far as files say. */
async function waits(environment: string, current: References, { images, schema }: Choice): Promise<string[]> {
  const { appNames, imageFile, parseSchema, schemaFile } = await promoted();
  const { settings } = await import('../charts/environments');
  const pods = (['web', 'sidekiq'] as const).filter((app) => images[app] && images[app] !== current[app]);
  const { migrations } = images;
  if (pods.length === 0 || !appNames.includes('migrations')) return [];
  if (!migrations) {
    const now = textOrNothing(imageFile(environment, 'migrations'))?.trimEnd();
    return pods.some((app) => images[app] !== now)
      ? [
          `migrations of ${environment} stay at ${now ?? 'nothing'}: pods wait if the image has newer ones (docs/runbooks/migrate.md)`,
        ]
      : [];
  }
  const before = textOrNothing(schemaFile(environment));
  const isSame = before !== undefined && schema !== undefined && parseSchema(before).id === schema;
  const startedBy = settings.environments.find(({ name }) => name === environment)?.migrations.startedBy;
  return isSame || startedBy === 'commit' || migrations === current.migrations
    ? []
    : [
        `pods of ${listed(pods)} wait for a person: argocd app sync ${environment}-migrations (docs/runbooks/migrate.md)`,
      ];
}

function digest(value: string): string {
  if (/^[0-9a-f]{40,64}$/.test(value)) return value;
  throw new InvalidArgumentError('Write 40 to 64 hex digits in lower case, as git hash-object does.');
}
