import { linesOf } from '../../../review/cost/lines';
import { billed, free } from '../../../review/cost/resources.json';
import { stack } from '../../support/stacks';
import { settings, tree } from '../ours';

const lines = linesOf({ tree, settings });
const stacks = [stack('cluster'), stack('production')];
const counts = new Map<string, number>();
for (const { resources } of stacks)
  for (const { type } of resources) counts.set(type, (counts.get(type) ?? 0) + 1);
// What a person has made, and the stacks only look up.
const lookedUp = stacks.flatMap(({ json }) => Object.keys(json.data?.aws_secretsmanager_secret ?? {})).length;

test('every type of both stacks is billed by a line, or free by a rule that says why', () => {
  const known = [...Object.keys(billed), ...Object.values(free).flat()];
  expect(known.filter((type, i) => known.indexOf(type) !== i)).toEqual([]);
  expect([...counts.keys()].filter((type) => !known.includes(type))).toEqual([]);
});

test.each(Object.entries(billed))('%s is in the line %s', (_, name) => {
  const [line] = lines.filter((each) => each.name.startsWith(name));
  // Nothing to pay is right only where the line says what is free.
  expect(line?.most || line?.quantity).toEqual(
    line?.most ? expect.any(Number) : expect.stringMatching(/\d are free$/),
  );
});

test.each([
  ['aws_cloudwatch_metric_alarm', 'CloudWatch alarms'],
  ['aws_route53_zone', 'Route 53'],
  ['aws_nat_gateway', 'NAT gateway'],
  ['aws_kms_key', 'KMS'],
  ['aws_secretsmanager_secret', 'Secrets Manager'],
])('%s: as many are billed as the stacks make and look up', (type, name) => {
  const line = lines.find((each) => each.name === name);
  const others = type === 'aws_secretsmanager_secret' ? lookedUp : 0;
  expect(Number.parseInt(String(line?.quantity), 10)).toBe((counts.get(type) ?? 0) + others);
});
