import type { Rule } from '../rule';
import { allowances } from './allowances';
import * as apiVersions from './availability/api-versions';
import * as disruptionBudgets from './availability/disruption-budgets';
import * as duplicates from './availability/duplicates';
import * as jobs from './availability/jobs';
import * as placement from './availability/placement';
import * as probes from './availability/probes';
import * as pruneProtected from './availability/prune-protected';
import * as resources from './availability/resources';
import * as scaling from './availability/scaling';
import * as updateStrategy from './availability/update-strategy';
import * as annotations from './balancer/annotations';
import * as groups from './balancer/groups';
import { budgetRules } from './budgets';
import * as coverage from './fresh/coverage';
import * as files from './fresh/files';
import * as frozen from './fresh/frozen';
import * as orphaned from './fresh/orphaned';
import * as placeholders from './fresh/placeholders';
import * as plainSecret from './fresh/plain-secret';
import * as shrunk from './fresh/shrunk';
import * as synthesis from './fresh/synthesis';
import * as applications from './references/applications';
import * as configuration from './references/configuration';
import * as ingresses from './references/ingresses';
import * as names from './references/names';
import * as rollouts from './references/rollouts';
import * as services from './references/services';
import * as targets from './references/targets';
import * as workloads from './references/workloads';
import { schema } from './schema';
import * as containers from './security/containers';
import * as identity from './security/identity';
import * as images from './security/images';
import * as literalSecret from './security/literal-secret';
import * as network from './security/network';
import * as podSecurity from './security/pod-security';
import * as rights from './security/rights';
import * as alerts from './traps/alerts';
import * as argo from './traps/argo';
import * as canary from './traps/canary';
import * as configRestart from './traps/config-restart';
import * as ending from './traps/ending';
import * as hostPathRefused from './traps/host-path-refused';
import * as loadBalancerTargets from './traps/load-balancer-targets';
import * as migrationThroughPool from './traps/migration-through-pool';
import * as programWords from './traps/program-words';
import * as writers from './traps/writers';

const places = new Map<string, string>();

/** The file of a rule, from the repository's root. */
export const fileOf = (id: string): string => places.get(id) ?? 'review/rules/index.ts';

const listed = (path: string, all: readonly Rule[]): readonly Rule[] => {
  for (const { id } of all) places.set(id, `review/rules/${path}.ts`);
  return all;
};

/** The rules that the files of a folder export, by their names; exports have an order of their own in each bundler. */
const of = (folder: string, modules: Readonly<Record<string, object>>): Rule[] =>
  Object.entries(modules)
    .flatMap(([name, module]) =>
      listed(
        `${folder}/${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
        Object.values(module)
          .flat()
          .filter((value) => typeof value?.check === 'function'),
      ),
    )
    .sort((a, b) => (a.id < b.id ? -1 : 1));

const judging: readonly Rule[] = [
  // The result is what the source makes, all of it, and nothing in it waits to be filled in.
  ...of('fresh', { coverage, files, frozen, orphaned, placeholders, plainSecret, shrunk, synthesis }),
  ...listed('schema', schema),
  // What one object names of another exists.
  ...of('references', { applications, configuration, ingresses, names, rollouts, services, targets, workloads }),
  // What each part of this stack takes without a word, and what goes wrong later between two of them.
  ...of('traps', {
    alerts,
    argo,
    canary,
    configRestart,
    ending,
    hostPathRefused,
    loadBalancerTargets,
    migrationThroughPool,
    programWords,
    writers,
  }),
  // What the load balancer controller makes of all Ingresses together, and of every word that is said to it.
  ...of('balancer', { annotations, groups }),
  // Nobody may do more than is needed: not a pod, not a program's account, not who reads the repository.
  ...of('security', { containers, identity, images, literalSecret, network, podSecurity, rights }),
  // It stays up: while a node goes, while a version changes, and when a program hangs.
  ...of('availability', {
    apiVersions,
    disruptionBudgets,
    duplicates,
    jobs,
    placement,
    probes,
    pruneProtected,
    resources,
    scaling,
    updateStrategy,
  }),
  ...listed('budgets', budgetRules),
];

/** Every rule there is, in the order of their pages. */
export const rules: readonly Rule[] = [...judging, ...listed('allowances', allowances(judging))];
