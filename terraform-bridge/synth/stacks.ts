import type { App } from 'cdktn';
import type { Cluster, Environment, OnAws } from '../../charts/environments/environment';
import { checkSettings, SettingsError } from '../../charts/settings';
import type { AwsStack } from './aws-stack';
import { ClusterStack } from './cluster-stack';
import { ProductionStack } from './production-stack';
import { renderEach } from './render';

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
  return renderEach(stackFolder, (app) => build(app, cluster, environments), names);
}

function build(app: App, cluster: Cluster, environments: readonly Environment[]): AwsStack[] {
  const onAws = environments.filter((environment): environment is OnAws => environment.aws !== undefined);
  return [
    new ClusterStack(app, { cluster, environments }),
    ...onAws.map((environment) => new ProductionStack(app, { cluster, environment })),
  ];
}
