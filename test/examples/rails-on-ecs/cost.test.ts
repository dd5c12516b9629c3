import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mebibytes } from '../../../charts/environments/units';
import { production } from '../../../examples/rails-on-ecs/environments/production';
import { staging } from '../../../examples/rails-on-ecs/environments/staging';
import { hours, price } from '../../../review/cost/prices';
import { root } from '../../support/root';
import { exampleStack } from '../../support/stacks';

/** Dollars an hour in us-east-1, on Graviton: vantage.sh/blog/fargate-pricing says the same as AWS' page of Fargate. */
const fargate = { vcpu: 0.03238, gib: 0.00356 };
/** The share of the price on demand: AWS says at most 70 % less. */
const spot = 0.3;

/** What a month costs at rest, by the row of the page. */
function costOf(settings: typeof production): Record<string, number> {
  const { task, aws, network } = settings;
  const { resources } = exampleStack(settings.name as 'production' | 'staging');
  const count = (type: string) => resources.filter((each) => each.type === type).length;
  const share = task.capacity === 'FARGATE_SPOT' ? spot : 1;
  const one = (task.cpu / 1024) * fargate.vcpu + (mebibytes(task.memory) / 1024) * fargate.gib;
  const copies = aws.database.multiAz ? 2 : 1;
  const gateways = count('aws_nat_gateway');
  return {
    'Tasks at rest': task.scaling.min * hours * one * share,
    'Load balancer': hours * price('alb.hour'),
    'NAT gateways': gateways * hours * price('nat.hour'),
    'Public addresses': (gateways + network.zones.length) * hours * price('ipv4'),
    'RDS PostgreSQL':
      copies *
      (hours * price(`rds.${aws.database.instance}`) +
        (mebibytes(aws.database.storage) / 1024) * price('rds.gp3')),
    'ElastiCache Redis': hours * price(`elasticache.${aws.cache?.node}`),
    // RDS keeps one more, of its master.
    'Secrets and key': (count('aws_secretsmanager_secret') + 1) * price('secret') + price('kms.key'),
  };
}

test('the page says what a month costs, of the settings and at the prices of the table', () => {
  const page = readFileSync(join(root, 'examples/rails-on-ecs/README.md'), 'utf8');
  const [a, b] = [costOf(production), costOf(staging)];
  const cell = (dollars: number) => dollars.toFixed(2);
  const sum = (of: Record<string, number>) => Object.values(of).reduce((total, each) => total + each, 0);
  const rows = Object.keys(a).map((row) => `| ${row} | ${cell(a[row] ?? 0)} | ${cell(b[row] ?? 0)} |`);
  rows.push(`| all of these | ${cell(sum(a))} | ${cell(sum(b))} |`);
  expect(page).toContain(rows.join('\n'));
  expect(sum(a)).toBeLessThan(production.budget.monthly);
  expect(sum(b)).toBeLessThan(staging.budget.monthly);
});
