import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { staticParameters } from '../../../charts/environments/static-parameters';
import { loadSettings, type Settings, SettingsError } from '../../../charts/settings';
import { placeholderAccount } from '../../../charts/terraform-outputs/declared';
import { frozen } from '../../support/frozen';
import { settings as unchanged } from '../../support/manifests';
import { root } from '../../support/root';
import { stack } from '../../support/stacks';

const file = (name: string) => readFileSync(join(root, `terraform-bridge/outputs/${name}.json`), 'utf8');
const applied = (text: string) => text.replaceAll(placeholderAccount, '123456789012');

/** The settings as a person has changed them, beside a database that was started with these parameters. */
function beside(
  started: Record<string, string> | undefined,
  change: (production: any) => void = () => {},
): Settings {
  const settings = structuredClone(frozen) as any;
  change(settings.environments[0]);
  const outputs = JSON.parse(file('production'));
  if (!started) return loadSettings(root, settings);
  outputs.database_static_parameters.value = { ...outputs.database_static_parameters.value, ...started };
  return loadSettings(root, settings, {
    cluster: applied(file('cluster')),
    production: applied(JSON.stringify(outputs)),
  });
}

function problemsOf(load: () => unknown): readonly string[] {
  try {
    load();
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
}

const raised = (production: any) => (production.connections.max = 60);
const raisedAndUsed = (production: any) => {
  raised(production);
  production.sidekiq.replicas = 5;
};
const counted = ({ sites }: Settings) => sites[0]?.environment.connections.max;

test('what is raised counts for nothing until the database runs with it, and is told of', () => {
  const before = beside({ max_connections: '45' }, raised);
  expect(counted(before)).toBe(45);
  expect(before.awaited).toEqual([
    { environment: 'production', parameter: 'max_connections', wanted: '60', inForce: '45' },
  ]);
  const after = beside({ max_connections: '60' }, raised);
  expect([counted(after), after.awaited]).toEqual([60, []]);
});

test('whatever counts on it is refused until then, with what to do', () => {
  const [problem, ...others] = problemsOf(() => beside({ max_connections: '45' }, raisedAndUsed));
  expect(problem).toMatch(
    /^charts\/environments\/production\.ts: pgbouncer\.webPool: 2 makes 43 connections .* of 40 usable .*; the database runs with max_connections 45 until the production stack is applied, it is restarted and `npm run bridge -- production` says so/,
  );
  expect(others.every((each) => each.includes('docs/runbooks/restart-rds.md'))).toBe(true);
  expect(problemsOf(() => beside({ max_connections: '60' }, raisedAndUsed))).toEqual([]);
});

test('what is lowered counts at once, for the next restart takes it away', () => {
  const lowered = beside({ max_connections: '60' });
  expect([counted(lowered), lowered.awaited.length]).toEqual([45, 1]);
});

test('before there is a database its first start takes what is set', () => {
  expect(problemsOf(() => beside(undefined, raisedAndUsed))).toEqual([]);
  expect(unchanged.awaited).toEqual([]);
});

test('a parameter that the database was not started with is told of too', () => {
  const { awaited } = beside({ track_activity_query_size: '1024' });
  expect(awaited.map(({ parameter, inForce }) => [parameter, inForce])).toEqual([
    ['track_activity_query_size', '1024'],
  ]);
});

test('every parameter that only a restart applies is one of these, and comes back as an output', () => {
  const { json, only } = stack('production');
  const waits = only('aws_db_parameter_group').parameter.filter(
    ({ apply_method }: any) => apply_method === 'pending-reboot',
  );
  const production = unchanged.sites[0]?.environment as (typeof unchanged.sites)[number]['environment'];
  expect(Object.fromEntries(waits.map(({ name, value }: any) => [name, value]))).toEqual(
    staticParameters(production),
  );
  expect(json.output.database_static_parameters.value).toEqual(staticParameters(production));
});
