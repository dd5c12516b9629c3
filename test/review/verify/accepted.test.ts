import type { Manifest } from '../../../review/model/tree';
import { accepted } from '../../../review/verify/accepted';
import type { Attempt } from '../../../review/verify/attempts';
import type { ServedKinds } from '../../../review/verify/kinds';
import type { Lines } from '../../../review/verify/lines';

const object = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'production' } };
const manifest: Manifest = {
  file: 'dist/production/web/Service.web.yaml',
  environment: 'production',
  chart: 'web',
  object,
};
const kinds = { servedVersions: () => ['v2'] } as unknown as ServedKinds;
const lines = { at: () => ({ line: 1 }) } as unknown as Lines;
const told = (attempt: Attempt) => [...accepted(new Map([[manifest, attempt]]), kinds, lines)];

test.each([
  ['spec.clusterIP: Invalid value: field is immutable', 'a sync will fail: give the object another name'],
  ['.spec.prots: field not declared in schema', 'remove the field from the chart'],
  ['unknown field "spec.prots"', 'remove the field from the chart'],
  ['spec.ports: Required value', 'change the chart, then npm run synth'],
])('what to do about %s', (message, fix) => {
  const [finding] = told({ outcome: 'rejected', reasons: [{ message }], warnings: [] });
  expect([finding?.level, finding?.what]).toEqual(['mismatch', 'rejected']);
  expect(finding?.fix).toMatch(new RegExp(`^${fix}`));
});

test.each<[Attempt, string, string, RegExp]>([
  [
    { outcome: 'not-served' },
    'mismatch',
    'not-served',
    /^Service of v1 is not served, it serves v2; 1 object cannot be tried$/,
  ],
  [
    { outcome: 'no-namespace' },
    'mismatch',
    'no-namespace',
    /^namespace production does not exist; 1 object in it/,
  ],
  [
    { outcome: 'forbidden', message: 'no', usual: true },
    'note',
    'compared-only',
    /not tried: only those who may write it/,
  ],
  [{ outcome: 'forbidden', message: 'no', usual: false }, 'unanswered', 'forbidden', /^Service: no \(1 object\)$/],
  [{ outcome: 'unanswered', message: 'late' }, 'unanswered', 'no-answer', /^1 object could not be tried: late$/],
])('an answer that is none for many objects is told once: %j', (attempt, level, what, message) => {
  expect(told(attempt)).toEqual([
    expect.objectContaining({ question: 'accepted', level, what, message: expect.stringMatching(message) }),
  ]);
});
