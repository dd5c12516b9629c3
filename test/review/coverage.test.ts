import { externals } from '../../review/model/externals';
import { podSecurityChecks } from '../../review/model/pod-security';
import { publicChecks } from '../../review/model/public-checks';
import { type LabelSelector, type Labels, selects } from '../../review/model/selection';
import { rules } from '../../review/rules';
import { ofKind } from '../support/manifests';

test('every check of a public tool is held by rules that exist, or otherwise for a reason', () => {
  const known = new Set(rules.map(({ id }) => id));
  const wrong = Object.entries(publicChecks).flatMap(([tool, podSecurityChecks]) =>
    Object.entries(podSecurityChecks).flatMap(([id, held]) =>
      held.length > 0 && (typeof held === 'string' || held.every((rule) => known.has(rule)))
        ? []
        : [`${tool}:${id}`],
    ),
  );
  expect(wrong).toEqual([]);
});

test('every check of Pod Security is in the table, and no other', () => {
  expect(Object.keys(publicChecks.PSS ?? {}).sort()).toEqual([...podSecurityChecks].sort());
});

const labelled = (labels: Labels) =>
  Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, value === '(system)' ? 'e-ren' : value]));

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
            selects(each.selector as LabelSelector, labelled(labels)),
        )
      : !backends.includes(`${namespace}/${name}`),
  );
  expect(unused).toEqual([]);
});
