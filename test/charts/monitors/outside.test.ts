import { manifestsWith } from '../../support/changed';
import { manifests } from '../../support/manifests';
import { problemsOf } from '../../support/problems';

test('without a check from outside there is none, and all else is as it was', () => {
  const types = (all: { kind: string; spec?: any }[]) =>
    all.filter(({ kind }) => kind === 'DatadogGenericResource').map(({ spec }) => spec.type);
  const [given, without] = [types(manifests), types(manifestsWith((all) => delete all.cluster.alerts.outside))];
  expect(problemsOf((all) => delete all.cluster.alerts.outside)).toEqual([]);
  expect(given.filter((type) => type === 'synthetics_api_test')).toHaveLength(1);
  expect(without).toEqual(given.filter((type) => type !== 'synthetics_api_test'));
});
