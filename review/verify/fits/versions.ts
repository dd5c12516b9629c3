import { doing } from '../../limit';
import type { Kinds } from '../../model/kinds';
import { about, type VerifyFinding } from '../finding';
import type { Live } from '../live';

/** A definition that the imports were generated from, and its file. */
export interface Definition {
  readonly file: string;
  readonly object: Kinds['CustomResourceDefinition'];
}

/** Reads the definitions of the cluster, and returns what finds those that are others than the charts were written with. */
export async function customResources(imports: readonly Definition[], live: Live): Promise<() => VerifyFinding[]> {
  const there = await Promise.all(
    imports.map(async (each) => [each, await live.definition(each.object.metadata.name)] as const),
  );
  return () => there.flatMap(([imported, now]) => (now === 'unknown' ? [] : [...differing(imported, now)]));
}

function* differing(
  { file, object }: Definition,
  now: Kinds['CustomResourceDefinition'] | undefined,
): Generator<VerifyFinding> {
  doing(`definition ${object.metadata.name}`);
  const say = about('fits', object, {
    file,
    fix: 'install that release, or import the one that is there: CONTRIBUTING.md, “Bump a custom resource definition”',
  });
  if (!now) return yield say('definition-missing', 'is not installed');
  const served = ({ spec }: Definition['object']) => (spec?.versions ?? []).filter((each) => each.served);
  for (const { name, schema } of served(object)) {
    const same = served(now).find((each) => each.name === name);
    const all = served(now).map((each) => each.name);
    const changed = same && firstDifference(schema, same.schema, []);
    if (!same)
      yield say(
        'definition-version',
        `does not serve ${name}, which the imports have; it serves ${all.join(', ')}`,
      );
    else if (changed !== undefined)
      yield say(
        'definition-schema',
        `its schema of ${name} differs from that of the imports, first in ${changed}`,
      );
  }
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
): Generator<VerifyFinding> {
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
