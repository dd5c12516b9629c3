import type { App } from 'cdktn';
import type * as v from 'valibot';
import type { SettingsProblem } from '../../charts/environments/problem';
import { checkAgainst, SettingsError } from '../../charts/settings';
import type { AwsStack } from './aws-stack';
import { renderEach } from './render';

export interface SystemStacks<T> {
  /** The folder of the system: its settings are in `environments/<name>.ts`, their type in `schema.ts`. */
  readonly folder: string;
  readonly schema: v.GenericSchema<unknown, T>;
  readonly judge: (settings: T) => Iterable<SettingsProblem>;
  readonly environments: readonly unknown[];
  /** All of them when absent. */
  readonly names?: readonly string[];
  readonly build: (app: App, settings: T) => AwsStack;
}

/**
 * A stack for each environment of a system that is Terraform alone: path to text.
 *
 * @throws SettingsError with every problem
 */
export function systemStacks<T>({ folder, schema, judge, environments, names, build }: SystemStacks<T>) {
  const problems: string[] = [];
  const checked = environments.flatMap((environment) => {
    const name = (environment as { name?: unknown } | null)?.name;
    const file = `${folder}/environments/${typeof name === 'string' ? name : 'index'}.ts`;
    const of = ({ path, message }: SettingsProblem) => `${file}: ${path}: ${message}`;
    const before = problems.length;
    const settings = checkAgainst(schema, environment, of, problems, `${folder}/schema.ts`);
    if (settings !== undefined && problems.length === before) problems.push(...[...judge(settings)].map(of));
    return settings ?? [];
  });
  if (problems.length > 0) throw new SettingsError(problems);
  return renderEach(`${folder}/stacks`, (app) => checked.map((settings) => build(app, settings)), names);
}
