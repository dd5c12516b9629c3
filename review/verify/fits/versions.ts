import type { Kinds } from '../../model/kinds';
import type { Definition } from '../definitions';
import { about, type Finding } from '../finding';
import type { Live } from '../live';

/** Definitions in the cluster that are others than those that the charts were written with. */
export async function customResources(imports: readonly Definition[], live: Live): Promise<Finding[]> {
  const findings = imports.map(async ({ file, object }): Promise<Finding[]> => {
    const { name } = object.metadata;
    const say = about('fits', object, {
      file,
      fix: 'install that release, or import the one that is there: CONTRIBUTING.md, “Bump a custom resource definition”',
    });
    const now = await live.definition(name);
    if (now === 'unknown') return [];
    if (!now) return [say('definition-missing', 'is not installed')];
    const served = ({ spec }: Definition['object']) => (spec?.versions ?? []).filter((each) => each.served);
    return served(object).flatMap((version) => {
      const same = served(now).find((each) => each.name === version.name);
      if (!same) {
        const all = served(now).map((each) => each.name);
        return [
          say(
            'definition-version',
            `does not serve ${version.name}, which the imports have; it serves ${all.join(', ')}`,
          ),
        ];
      }
      const changed = firstDifference(version.schema, same.schema, []);
      const says = `its schema of ${version.name} differs from that of the imports, first in ${changed}`;
      return changed === undefined ? [] : [say('definition-schema', says)];
    });
  });
  return (await Promise.all(findings)).flat();
}

function firstDifference(a: unknown, b: unknown, path: readonly string[]): string | undefined {
  if (Object.is(a, b)) return undefined;
  if (!isTree(a) || !isTree(b)) return path.join('.');
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    // A text explains and decides nothing; a property of that name is a schema.
    if (key === 'description' && typeof (a[key] ?? b[key]) === 'string') continue;
    const found = firstDifference(a[key], b[key], [...path, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isTree(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Kubernetes' own minor, and how far the nodes are behind it. */
export function* kubernetes(
  server: string,
  expected: string,
  nodes: readonly Kinds['Node'][],
): Generator<Finding> {
  const minor = minorOf(server);
  if (minor !== expected)
    yield {
      question: 'fits',
      level: 'mismatch',
      what: 'kubernetes',
      file: 'charts/environments/cluster.ts',
      path: 'kubernetes',
      message: `the API server is ${server}, the settings say ${expected}: schemas, Pod Security and costs were judged for that`,
      fix: 'change the setting with the upgrade, npm run synth, and npm run test:cluster -- --kubernetes with the new minor',
    };
  for (const node of nodes) {
    const kubelet = node.status?.nodeInfo?.kubeletVersion ?? '';
    // A played node has none.
    const behind = Number(minor.split('.')[1]) - Number(minorOf(kubelet).split('.')[1]);
    if (Number.isNaN(behind) || (behind >= 0 && behind <= 3)) continue;
    const far = behind < 0 ? 'it may not be newer' : 'it may be three minors behind';
    yield about('fits', node)('kubelet', `its kubelet is ${kubelet} and the API server ${server}; ${far}`, {
      fix: 'update the node group',
    });
  }
}

/** `1.35` of `v1.35.4-eks-1a2b3c`; empty for what is not a valid version. */
function minorOf(version: string): string {
  return /^v?(\d+\.\d+)/.exec(version)?.[1] ?? '';
}
