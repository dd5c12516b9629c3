import { Chart, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { allow } from '../../../charts/constructs/allow';
import { systemApp } from '../../../charts/constructs/system';
import { allowancesOf } from '../../../review/model/allowances';
import { parseTree } from '../../../review/model/tree';
import { frozen } from '../../support/frozen';

function synthesized(change: (map: kplus.ConfigMap) => void): any {
  const chart = new Chart(systemApp(frozen.cluster.system), 'test');
  change(new kplus.ConfigMap(chart, 'map', { metadata: { name: 'map' } }));
  return Testing.synth(chart)[0];
}

test('what is allowed in a chart is what the check reads of the object', () => {
  const object = synthesized((map) => {
    allow(map, 'one-rule', 'this one may');
    allow(map, 'other-rule', 'this one may: for a while', '2026-12-01');
  });
  const tree = parseTree(new Map([['dist/a/b/ConfigMap.map.yaml', JSON.stringify(object)]]));
  expect(allowancesOf(tree).map(({ manifest: _, ...rest }) => rest)).toEqual([
    { rule: 'one-rule', key: `check.${frozen.cluster.system.domain}/one-rule`, reason: 'this one may' },
    {
      rule: 'other-rule',
      key: `check.${frozen.cluster.system.domain}/other-rule`,
      reason: 'this one may: for a while',
      until: '2026-12-01',
    },
  ]);
});

test('nothing is allowed without a reason, or until a day that is none', () => {
  expect(() => synthesized((map) => allow(map, 'one-rule', ' '))).toThrow(
    "test/map: allow('one-rule') needs a reason",
  );
  expect(() => synthesized((map) => allow(map, 'one-rule', 'it may', 'December'))).toThrow(
    '"December" is not a valid day; write for example 2026-12-01',
  );
});
