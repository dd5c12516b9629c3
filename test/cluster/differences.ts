import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Duration, seconds } from '../../charts/environments/units';

/** What a cluster without a network cannot have as it is committed. */
export interface Differences {
  /** The bare repository. */
  readonly repository: string;
  /** The played Sentry; the played Datadog gets its address by a Secret. */
  readonly sentry: string;
  /** By which the waiting times of a canary are divided. */
  readonly factor: number;
}

/** One change of a source file: what it is for, and how. */
export interface Difference {
  readonly file: string;
  readonly why: string;
  readonly from: RegExp;
  readonly to: (...found: string[]) => string;
}

/**
 * Everything in which the delivered tree differs from the committed one. The settings are changed, and `dist/` is
 * synthesized from them: a promotion in the middle of a test writes the same.
 */
export function differences({ repository, sentry, factor }: Differences): Difference[] {
  const quote = (text: string) => `'${text}'`;
  return [
    {
      file: 'charts/environments/units.ts',
      why: 'addresses on loopback are not HTTPS',
      from: /(?<=export const origin = textForm\(\n {2})new RegExp\(`\^https:.*\$`\)/,
      to: () => '/^https?:\\/\\/[^\\s/]+$/',
    },
    {
      file: 'charts/environments/units.ts',
      why: 'the repository is a bare one, not at GitHub',
      from: /(?<=export const repository = textForm\(\n {2})\/\^https:.*\$\//,
      to: () => '/^(https:\\/\\/github\\.com|file:\\/\\/)\\/\\S+$/',
    },
    {
      file: 'charts/environments/cluster.ts',
      why: 'the repository is a bare one',
      from: /(?<=repository: )'https:[^']+'/,
      to: () => quote(repository),
    },
    {
      file: 'charts/environments/cluster.ts',
      why: 'Sentry is played',
      from: /(?<=api: )'https:[^']+'/,
      to: () => quote(sentry),
    },
    {
      file: 'charts/environments/canary-rules.ts',
      why: `the patience with Sentry, divided by ${factor}`,
      from: /(?<=sentryPatience = )\d+/,
      to: (value: string) => String(Math.max(2, Math.ceil(Number(value) / factor))),
    },
    ...['production', 'staging'].map((name) => ({
      file: `charts/environments/${name}.ts`,
      why: `waiting times of a canary, divided by ${factor}`,
      from: /(?<=\n {4}canary: )\{[\s\S]*?\n {4}\}/,
      to: (canary: string) =>
        canary.replace(/'(\d+[smh])'/g, (_, value) => quote(`${Math.ceil(seconds(value as Duration) / factor)}s`)),
    })),
  ];
}

/** @throws Error when a source no longer has what is to be changed */
export function change(tree: string, all: readonly Difference[]): void {
  for (const { file, why, from, to } of all) {
    const path = join(tree, file);
    const text = readFileSync(path, 'utf8');
    if (!from.test(text)) throw new Error(`${file}: has nothing like ${from}, so it cannot be changed: ${why}`);
    writeFileSync(path, text.replace(from, to));
  }
}
