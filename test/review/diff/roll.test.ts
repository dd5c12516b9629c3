import { rollOf } from '../../../review/diff/roll';
import type { Side } from '../../../review/diff/sides';
import { type Manifest, Tree } from '../../../review/model/tree';

/** What is said of a Rollout of two pods with these steps. */
function said(steps: readonly object[]): string {
  const object = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: { name: 'web', namespace: 'production' },
    spec: { replicas: 2, strategy: { canary: { steps, trafficRouting: { alb: {} } } } },
  };
  const manifest: Manifest = {
    file: 'dist/production/web/a.yaml',
    environment: 'production',
    chart: 'web',
    object,
  };
  return rollOf(manifest, new Tree([manifest]) as unknown as Side).says;
}

test.each<[steps: object[], says: RegExp]>([
  [[{ setWeight: 20 }, { pause: {} }], /^canary 20 → 100 %, then waits for a person, judged by nobody/],
  [[{ setWeight: 20 }, { pause: { duration: '5m' } }], /^canary 20 → 100 % over at least 5 min, judged by nobody/],
  [[{ setWeight: 100 }], /^canary 100 %, judged by nobody/],
  [[], /^2 pods roll at once: the canary has no steps$/],
])('the steps %j are told as they will go', (steps, says) => {
  expect(said(steps)).toMatch(says);
});
