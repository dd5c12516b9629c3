import { App } from 'cdktn';
import type { Cluster, Environment, OnAws } from '../../charts/environments/environment';
import { checkSettings, SettingsError } from '../../charts/settings';
import type { AwsStack } from './aws-stack';
import { ClusterStack } from './cluster-stack';
import { ProductionStack } from './production-stack';

/** Where the stacks are committed, and where `terraform` is run. */
export const stackFolder = 'terraform-bridge/stacks';

/**
 * Settings in, stacks out, all or those that are named: path to text. No network, no clock, the same bytes every time.
 *
 * @throws SettingsError with every problem
 */
export function renderStacks(
  settings: { cluster: unknown; environments: readonly unknown[] },
  names?: readonly string[],
): Map<string, string> {
  const { cluster, environments, problems } = checkSettings(settings);
  if (!cluster || problems.length > 0) throw new SettingsError(problems);
  return new Map(
    build(cluster, environments)
      .filter(({ node }) => names?.includes(node.id) ?? true)
      .map((stack) => [`${stackFolder}/${stack.node.id}/cdk.tf.json`, render(stack)]),
  );
}

function build(cluster: Cluster, environments: readonly Environment[]): AwsStack[] {
  // The stack of calls behind every token is a third of the time, and nobody is shown one (cdktn 0.x, lib/tokens/private/stack-trace.js).
  process.env.CDKTN_DISABLE_CREATION_STACK = '1';
  // Its own folder is never written, and the versions of programs are not asked for.
  const app = new App({ skipValidation: true, stackTraces: false });
  const onAws = environments.filter((environment): environment is OnAws => environment.aws !== undefined);
  return [
    new ClusterStack(app, { cluster, environments }),
    ...onAws.map((environment) => new ProductionStack(app, { cluster, environment })),
  ];
}

function render(stack: AwsStack): string {
  stack.prepareStack();
  const problems = stack.node.findAll().flatMap(({ node }) => node.validate());
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return `${JSON.stringify(tidy(stack.toTerraform()), null, 2)}\n`;
}

/** Sorted, so that a difference is a change, and without cdktn's notes on itself. */
function tidy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tidy);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== '//')
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, tidy(inner)]),
  );
}
