import { externals } from '../../review/externals';
import { coverage, heldOtherwise, publicChecks } from '../../review/public-checks';
import { rules } from '../../review/rules';
import { type LabelSelector, selects } from '../../review/selection';
import { ofKind } from '../manifests';

const known = new Set(Object.entries(publicChecks).flatMap(([tool, ids]) => ids.map((id) => `${tool}:${id}`)));

test('a rule covers checks that exist only', () => {
  const unknown = rules.flatMap(({ id, covers }) =>
    covers
      .filter((each) => (each.split(':')[0] as string) in publicChecks && !known.has(each))
      .map((each) => `${id}: ${each}`),
  );
  expect(unknown).toEqual([]);
});

test('every check of a public tool is covered by a rule, or held otherwise for a reason, and never both', () => {
  const bad = coverage(rules).filter((each) => each.rules.length > 0 === Boolean(each.otherwise));
  expect(bad.map(({ id }) => id)).toEqual([]);
  expect(Object.keys(heldOtherwise).filter((id) => !known.has(id))).toEqual([]);
});

test('whatever is declared to come from elsewhere is named by something here', () => {
  const policies = ofKind('NetworkPolicy').map(({ metadata, spec }) => ({ namespace: metadata.namespace, spec }));
  const selectors = policies.flatMap(({ namespace, spec }) => [
    { namespace, selector: spec.podSelector },
    ...[...(spec.ingress ?? []), ...(spec.egress ?? [])]
      .flatMap(({ from = [], to = [] }: any) => [...from, ...to])
      .map(({ podSelector, namespaceSelector }: any) => ({
        namespace: namespaceSelector?.matchLabels?.['kubernetes.io/metadata.name'] ?? namespace,
        selector: podSelector,
      })),
  ]);
  const backends = ofKind('Ingress').flatMap(({ metadata, spec }) =>
    spec.rules.flatMap(({ http }: any) =>
      http.paths.map(({ backend }: any) => `${metadata.namespace}/${backend.service.name}`),
    ),
  );
  const unused = externals.filter(({ kind, namespace, name, labels = {} }) =>
    kind === 'Pod'
      ? !selectors.some(
          (each) =>
            each.namespace === namespace &&
            Object.keys(each.selector?.matchLabels ?? {}).length > 0 &&
            selects(each.selector as LabelSelector, labels),
        )
      : !backends.includes(`${namespace}/${name}`),
  );
  expect(unused).toEqual([]);
});
