import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { dump, load } from 'js-yaml';
import pc from 'picocolors';
import { chartFolders } from '../../charts/app';
import { settings as committed } from '../../charts/environments';
import { parseImage } from '../../charts/environments/image';
import { render } from '../../charts/output';
import { loadSettings, SettingsError } from '../../charts/settings';
import { declared } from '../../charts/terraform-outputs/declared';
import { loadOutputs, outputsFile } from '../../charts/terraform-outputs/load';
import { quotable } from '../../commands/command';
import { check } from '../../review/check/check';
import { subjectOf } from '../../review/check/subject';
import { github as diffGithub } from '../../review/diff/render/github';
import { markdown as diffMarkdown } from '../../review/diff/render/markdown';
import { text as diffText } from '../../review/diff/render/text';
import { readAcknowledgements } from '../../review/model/acknowledgements';
import { parseTree, readTexts } from '../../review/model/tree';
import { checkPage } from '../../review/page/check-page';
import { shown } from '../../review/report/escape';
import { github } from '../../review/report/github';
import { json } from '../../review/report/json';
import { markdown } from '../../review/report/markdown';
import { sarif } from '../../review/report/sarif';
import { text } from '../../review/report/text';
import { rules } from '../../review/rules';
import { renderStacks } from '../../terraform-bridge/synth/stacks';
import { between, reviewOf } from '../review/diff/fixtures';
import { root } from '../support/root';
import { expectHarmless, hostileText, hostileValue, replaced, secret } from './values';

/** One kind of input, and what must hold of everything that is said of it. */
export interface Property {
  readonly name: string;
  /** Seconds that one of them may take, on a machine with other work. */
  readonly within: number;
  /** How often it is tried: a night's worth, and what costs nothing in every run of the tests. */
  readonly runs: { readonly night: number; readonly test: number };
  readonly property: fc.IProperty<unknown[]>;
}

const place = fc.nat(1_000_000);
const terminal = { colors: pc.createColors(false), width: 80, verbose: true };

/** @throws Error unless it is refused by file, path and value, or everything can be made of it */
function judgedSettings(changed: typeof committed): void {
  let settings: ReturnType<typeof loadSettings>;
  try {
    settings = loadSettings(root, changed);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    for (const problem of error.problems) {
      expectHarmless(problem);
      if (!/^[\w./-]+\.(ts|json|txt|pem): /.test(problem))
        throw new Error(`names no file: ${problem.slice(0, 100)}`);
      if (problem.length > 2_000 || problem.includes('\n')) throw new Error('is longer than a line');
    }
    return;
  }
  render(chartFolders(settings));
  renderStacks(changed);
}

function refusedPlainly(parse: () => unknown): void {
  try {
    parse();
  } catch (error) {
    // A mistake of the program says so by its class.
    if ((error as Error).constructor !== Error) throw error;
    expectHarmless(quotable((error as Error).message));
  }
}

const texts = readTexts(root);
const objects = [...texts].filter(([file]) => /^dist\/(production|staging)\//.test(file));
const settings = loadSettings(root, committed);

/** @throws Error when a report of a tree with this object in it is not harmless, or shows a secret */
function judgedTree(at: number, change: (object: any) => any, planted?: string): void {
  const [file, before] = objects[at % objects.length] as [string, string];
  const now = dump(change(load(before)), { noRefs: true, lineWidth: -1, skipInvalid: true });
  const some = new Map([...objects.filter((_, i) => (i + at) % 40 === 0), [file, now]]);
  const subject = subjectOf(root, parseTree(some), settings);
  const checked = shown(check({ subject, rules, failOn: 'high', textOf: (each) => some.get(each) ?? '' }));
  const compared = shown(reviewOf(between(new Map([[file, before]]), new Map([[file, now]]))));
  const said = [
    text(checked, terminal),
    markdown(checked),
    json(checked),
    sarif(checked, rules),
    checkPage(checked, subject),
    diffText(compared, terminal),
    diffMarkdown(compared),
    json(compared),
  ];
  for (const each of said) expectHarmless(each);
  for (const each of [github(checked.findings, 'check'), diffGithub(compared)]) expectHarmless(each, true);
  if (
    planted &&
    [...said, github(checked.findings, 'check'), diffGithub(compared)].some((each) => each.includes(planted))
  )
    throw new Error(`prints ${planted}`);
  if (/(^|[^\w])(TypeError|RangeError|Cannot read prop)/.test(json(checked)))
    throw new Error(
      `a rule threw: ${/.{0,100}(TypeError|RangeError|Cannot read prop).{0,100}/.exec(json(checked))?.[0]}`,
    );
}

const outputsOf = (stack: 'cluster' | 'production') =>
  JSON.parse(readFileSync(join(root, outputsFile(stack)), 'utf8'));
const stacks = Object.keys(declared) as ('cluster' | 'production')[];

export const properties: readonly Property[] = [
  {
    name: 'settings: a value of another kind',
    runs: { night: 2000, test: 20 },
    within: 20,
    property: fc.property(place, hostileValue, (at, value) => judgedSettings(replaced(committed, at, value))),
  },
  {
    name: 'settings: a field that nobody knows',
    runs: { night: 400, test: 2 },
    within: 20,
    property: fc.property(place, hostileText, hostileValue, (at, key, value) =>
      judgedSettings(replaced(committed, at, value, key)),
    ),
  },
  {
    name: 'outputs of Terraform',
    runs: { night: 10_000, test: 100 },
    within: 5,
    property: fc.property(fc.constantFrom(...stacks), place, hostileValue, (stack, at, value) => {
      const given = JSON.stringify(replaced(outputsOf(stack), at, value), (_, each) =>
        typeof each === 'bigint' ? String(each) : each,
      );
      const { problems } = loadOutputs(root, stack, undefined, given);
      for (const problem of problems) {
        expectHarmless(problem);
        if (problem.length > 2_000) throw new Error('is longer than a line');
      }
    }),
  },
  {
    name: 'references of images',
    runs: { night: 10_000, test: 100 },
    within: 5,
    property: fc.property(hostileText, hostileText, (before, after) =>
      refusedPlainly(() => parseImage(`${before}registry.example/e-ren:1-1@sha256:${'a'.repeat(64)}${after}`)),
    ),
  },
  {
    name: 'acknowledgements',
    runs: { night: 4000, test: 20 },
    within: 10,
    property: fc.property(hostileText, hostileValue, hostileText, (id, reason, until) =>
      refusedPlainly(() =>
        readAcknowledgements(
          fc.stringify([id, reason, until]).length % 2 === 0
            ? `- id: ${id}\n  reason: ${fc.stringify(reason)}\n  until: ${until}\n`
            : dump([{ id, reason, until }], { skipInvalid: true }),
          '2026-11-29',
        ),
      ),
    ),
  },
  {
    name: 'trees: a value of a manifest',
    runs: { night: 400, test: 2 },
    within: 30,
    property: fc.property(place, place, hostileValue, (file, at, value) =>
      judgedTree(file, (object) => replaced(object, at, value)),
    ),
  },
  {
    name: 'trees: a name in a manifest',
    runs: { night: 400, test: 2 },
    within: 30,
    property: fc.property(place, place, hostileText, hostileText, (file, at, key, value) =>
      judgedTree(file, (object) => replaced(object, at, value, key)),
    ),
  },
  {
    name: 'trees: a secret in a manifest',
    runs: { night: 400, test: 2 },
    within: 30,
    property: fc.property(place, place, secret, (file, at, value) =>
      judgedTree(file, (object) => replaced(object, at, value), value),
    ),
  },
];

/**
 * Tries a property as often as asked.
 *
 * @param seed says which inputs; the same one tries the same
 * @returns what did not hold, with the smallest input found; nothing when all did
 */
export function tried({ name, property, within }: Property, seed: number, runs: number): string | undefined {
  const begin = Date.now();
  const { failed, counterexample, errorInstance } = fc.check(property, { seed, numRuns: runs });
  if (failed)
    return `${name}: ${fc.stringify(counterexample)}\n${(errorInstance as Error | undefined)?.stack ?? ''}`;
  const each = (Date.now() - begin) / runs / 1000;
  return each > within ? `${name}: takes ${each.toFixed(1)} s each, more than ${within} s` : undefined;
}
