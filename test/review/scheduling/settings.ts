import { chartFolders } from '../../../charts/app';
import type { Cluster, Environment } from '../../../charts/environments/environment';
import { instanceTypes } from '../../../charts/environments/infrastructure';
import { buildGroup, groupNamed } from '../../../charts/environments/node-groups';
import type { Bytes, Cpu } from '../../../charts/environments/units';
import { objectsOf } from '../../../charts/output';
import type { Settings } from '../../../charts/settings';
import { parseTree, type Tree } from '../../../review/model/tree';
import type { Fit } from '../../../review/scheduling/judge';
import { randomOf } from '../../../review/scheduling/random';

/** Other settings than ours, near the edge of what fits: sizes, numbers and kinds of nodes, pods and their requests. */
export function settingsOf(base: Settings, seed: number): Settings {
  const random = randomOf(seed);
  const whole = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));
  const one = <T>(values: readonly T[]) => values[whole(0, values.length - 1)] as T;
  const mebibytes = (least: number, most: number): Bytes => `${32 * whole(least / 32, most / 32)}Mi`;
  const millicores = (least: number, most: number): Cpu => `${10 * whole(least / 10, most / 10)}m`;

  // The architecture of the builds: synth refuses another one.
  const { architecture } = instanceTypes[buildGroup(base.cluster).instanceType];
  const types = Object.entries(instanceTypes).filter(([, type]) => type.architecture === architecture);
  const instanceType = one(types.map(([type]) => type as keyof typeof instanceTypes));
  const large = instanceTypes[instanceType].memory !== '4Gi';
  const min = large ? whole(2, 5) : whole(4, 9);
  const cluster: Cluster = {
    ...base.cluster,
    nodeGroups: {
      ...base.cluster.nodeGroups,
      app: {
        ...groupNamed(base.cluster, 'app'),
        instanceType,
        min,
        max: min + whole(1, large ? 3 : 6),
        maxPods: one([20, 29, 35, 58]),
      },
    },
  };
  const resized = (environment: Environment): Environment => {
    const web = whole(1, 3);
    return {
      ...environment,
      web: {
        ...environment.web,
        autoscaling: { ...environment.web.autoscaling, min: web, max: web + whole(0, 3) },
        resources: { ...environment.web.resources, cpu: millicores(50, 400), memory: mebibytes(256, 1024) },
      },
      sidekiq: {
        ...environment.sidekiq,
        replicas: whole(1, 2),
        resources: { ...environment.sidekiq.resources, cpu: millicores(50, 200), memory: mebibytes(256, 768) },
      },
    };
  };
  return {
    ...base,
    cluster,
    sites: base.sites.map((site) => ({ ...site, cluster, environment: resized(site.environment) })),
  };
}

/** All of ours; of the others the rest, and one of the moments that the bound alone refuses, else one in turn. */
export function momentsJudged(seed: number, fits: readonly Fit[]): readonly Fit[] {
  if (seed === 0) return fits;
  const refused = fits.find(({ fits, pending }) => !fits && pending.length === 0);
  const chosen = [fits[0], refused ?? fits[1 + (seed % (fits.length - 1))]].filter((fit) => fit !== undefined);
  return [...new Set(chosen)];
}

/** The objects that synth would make of the settings, without printing them. */
export function treeOf(settings: Settings): Tree {
  const objects = objectsOf(chartFolders(settings));
  return parseTree(new Map([...objects.keys()].map((file) => [file, ''])), (file) => objects.get(file));
}
