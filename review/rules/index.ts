import type { Rule } from '../rule';
import { allowances } from './allowances';
import * as availableContainers from './availability/containers';
import * as availableDelivery from './availability/delivery';
import * as jobs from './availability/jobs';
import * as replicas from './availability/replicas';
import * as annotations from './balancer/annotations';
import * as groups from './balancer/groups';
import { budgets } from './budgets';
import * as coverage from './fresh/coverage';
import * as files from './fresh/files';
import * as orphaned from './fresh/orphaned';
import * as placeholders from './fresh/placeholders';
import * as plainSecret from './fresh/plain-secret';
import * as shrunk from './fresh/shrunk';
import * as synthesis from './fresh/synthesis';
import * as applications from './references/applications';
import * as referredDelivery from './references/delivery';
import * as ingresses from './references/ingresses';
import * as names from './references/names';
import * as services from './references/services';
import * as targets from './references/targets';
import * as values from './references/values';
import * as workloads from './references/workloads';
import { schema } from './schema';
import * as securedContainers from './security/containers';
import * as identity from './security/identity';
import * as images from './security/images';
import * as literalSecret from './security/literal-secret';
import * as network from './security/network';
import * as podSecurity from './security/pod-security';
import * as rights from './security/rights';
import * as alerts from './traps/alerts';
import * as argo from './traps/argo';
import * as canary from './traps/canary';
import * as drain from './traps/drain';
import * as pods from './traps/pods';
import * as writers from './traps/writers';

/** The rules that modules export, by their names; exports have an order of their own in each bundler. */
const of = (...modules: readonly object[]): Rule[] =>
  modules
    .flatMap((each) => Object.values(each).filter((value) => typeof value?.check === 'function'))
    .sort((a, b) => (a.id < b.id ? -1 : 1));

const judging: readonly Rule[] = [
  // The result is what the source makes, all of it, and nothing in it waits to be filled in.
  ...of(coverage, files, orphaned, placeholders, plainSecret, shrunk, synthesis),
  ...schema,
  // What one object names of another exists.
  ...of(applications, referredDelivery, ingresses, names, services, targets, values, workloads),
  // What each part of this stack takes without a word, and what goes wrong later between two of them.
  ...of(alerts, argo, canary, drain, pods, writers),
  // What the load balancer controller makes of all Ingresses together, and of every word that is said to it.
  ...of(annotations, groups),
  // Nobody may do more than is needed: not a pod, not a program's account, not who reads the repository.
  ...of(securedContainers, identity, images, literalSecret, network, podSecurity, rights),
  // It stays up: while a node goes, while a version changes, and when a program hangs.
  ...of(availableContainers, availableDelivery, jobs, replicas),
  ...budgets,
];

/** Every rule there is, in the order of their pages. */
export const rules: readonly Rule[] = [...judging, ...allowances(judging)];
