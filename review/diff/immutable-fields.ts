import { listOf } from '../model/pods';
import { fieldAt, type KubernetesObject } from '../model/tree';
import table from './immutable-fields.json';

/** Fields of a kind that an update may not change. */
interface Immutable {
  readonly fields: readonly string[];
  /** Fields below those that may. */
  readonly except?: readonly string[];
  /** Where the API server lets a change pass after all: one of `passes`. */
  readonly unless?: string;
  readonly fix: string;
}

/** Validation and strategy code of Kubernetes 1.34; `<group>/<Kind>`, the core group is empty. */
export const immutableFields: Readonly<Record<string, readonly Immutable[]>> = table;

type Pass = (before: KubernetesObject, after: KubernetesObject, field: string) => boolean;

const placed =
  /^spec\.template\.(spec\.(nodeSelector|affinity\.nodeAffinity|tolerations|schedulingGates)|metadata\.(labels|annotations))/;
const balanced = ({ spec }: KubernetesObject) => spec.type === 'LoadBalancer';

/** Why a change of such a field passes. */
export const passes: Readonly<Record<string, Pass>> = {
  deadlineShorter: (before, after) => !(after.spec.activeDeadlineSeconds > before.spec.activeDeadlineSeconds),
  graceWasNegative: (before, after, field) =>
    field === 'spec.terminationGracePeriodSeconds' &&
    before.spec.terminationGracePeriodSeconds < 0 &&
    after.spec.terminationGracePeriodSeconds === 1,
  nameOutside: (before, after, field) =>
    [before, after].some(({ spec }) => spec.type === 'ExternalName') ||
    (field.startsWith('spec.ipFamilies') && before.spec.ipFamilies?.[0] === after.spec.ipFamilies?.[0]),
  notBalancer: (before, after) => ![before, after].every(balanced),
  notFrozen: (before) => before.immutable !== true,
  notLocalBalancer: (before, after) =>
    ![before, after].every((each) => balanced(each) && each.spec.externalTrafficPolicy === 'Local'),
  // Tolerations may only be added, gates only removed.
  onlyAddedOrOpened: (before, after, field) => {
    const list = field.startsWith('spec.tolerations') ? 'tolerations' : 'schedulingGates';
    const texts = ({ spec }: KubernetesObject) => listOf(spec[list]).map((each) => JSON.stringify(each));
    const [smaller, larger] = list === 'tolerations' ? [before, after] : [after, before];
    return texts(smaller).every((each) => texts(larger).includes(each));
  },
  // An Indexed Job may be resized, a Job that never started may be placed elsewhere.
  resizedOrNotStarted: ({ spec: was }, { spec: is }, field) =>
    (field === 'spec.completions' && is.completionMode === 'Indexed' && is.completions === is.parallelism) ||
    (was.suspend === true && placed.test(field)),
  unsetBefore: (before, _, field) => fieldAt(before, field.split('.')) === undefined,
};
