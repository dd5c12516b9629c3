import type { KubernetesObject } from '../../model/tree';
import type { Definition } from '../definitions';
import { type Finding, subjectOf } from '../finding';
import type { Live } from '../live';

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** Definitions in the cluster that are others than those that the charts were written with. */
export async function customResources(imports: readonly Definition[], live: Live): Promise<Finding[]> {
  const findings = imports.map(async ({ file, object }): Promise<Finding[]> => {
    const { name } = object.metadata;
    const about = { question: 'fits', level: 'mismatch', object: subjectOf(object), file } as const;
    const now = await live.show('fits', `${definitions}/${name}`, `the definition of ${name}`);
    if (now === 'unknown') return [];
    const fix =
      'install that release, or import the one that is there: CONTRIBUTING.md, “Bump a custom resource definition”';
    if (!now) return [{ ...about, what: 'definition-missing', message: 'is not installed', fix }];
    const served = (definition: any) => definition.spec.versions.filter((each: any) => each.served);
    return served(object).flatMap((version: any): Finding[] => {
      const same = served(now).find((each: any) => each.name === version.name);
      if (!same) {
        const all = served(now).map((each: any) => each.name);
        const message = `does not serve ${version.name}, which the imports have; it serves ${all.join(', ')}`;
        return [{ ...about, what: 'definition-version', message, fix }];
      }
      const changed = firstDifference(version.schema, same.schema, []);
      if (!changed) return [];
      const message = `its schema of ${version.name} is another one than the imports were made of, first in ${changed}`;
      return [{ ...about, what: 'definition-schema', message, fix }];
    });
  });
  return (await Promise.all(findings)).flat();
}

function firstDifference(a: any, b: any, path: readonly string[]): string | undefined {
  if (Object.is(a, b)) return undefined;
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b) return path.join('.');
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    // A text explains and decides nothing; a property of that name is a schema.
    if (key === 'description' && typeof (a[key] ?? b[key]) === 'string') continue;
    const found = firstDifference(a[key], b[key], [...path, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Kubernetes' own minor, and how far the nodes are behind it. */
export function* kubernetes(
  server: string,
  expected: string,
  nodes: readonly KubernetesObject[] | undefined,
): Generator<Finding> {
  const minor = minorOf(server);
  if (minor !== expected)
    yield {
      question: 'fits',
      level: 'mismatch',
      what: 'kubernetes',
      file: 'charts/environments/cluster.ts',
      path: 'kubernetes',
      message: `the API server is ${server}, the settings say ${expected}: schemas, Pod Security and costs were judged by that`,
      fix: 'change the setting with the upgrade, npm run synth, and npm run test:cluster -- --kubernetes with the new minor',
    };
  for (const node of nodes ?? []) {
    const kubelet: string = node.status?.nodeInfo?.kubeletVersion ?? '';
    // A played node has none.
    const behind = Number(minor.split('.')[1]) - Number(minorOf(kubelet).split('.')[1]);
    if (Number.isNaN(behind) || (behind >= 0 && behind <= 3)) continue;
    yield {
      question: 'fits',
      level: 'mismatch',
      what: 'kubelet',
      object: subjectOf(node),
      message: `its kubelet is ${kubelet} and the API server ${server}; ${behind < 0 ? 'it may not be newer' : 'it may be three minors behind'}`,
      fix: 'update the node group',
    };
  }
}

/** `1.35` of `v1.35.4-eks-1a2b3c`; empty for what is not a valid version. */
function minorOf(version: string): string {
  return /^v?(\d+\.\d+)/.exec(version)?.[1] ?? '';
}
