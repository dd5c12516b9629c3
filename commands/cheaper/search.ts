import { edited, type Raw, type SettingEdit } from '../../charts/environments/edits';
import { type InstanceTypeOf, instanceTypes } from '../../charts/environments/infrastructure';
import { buildGroup } from '../../charts/environments/node-groups';
import { setsOf } from '../../review/scheduling/workloads';
import { type Knob, knobsOf, nothing } from './knobs';
import { type Proven, prover, shapeOf } from './proofs';
import { sized, type TooSmall } from './size';
import { type Untried, untriedOf } from './untried';

/** Cheaper settings, and whether every proof still holds with them. */
export interface Saving {
  readonly name: string;
  readonly edits: readonly SettingEdit[];
  /** Dollars a month, of what is expected; nothing is known where synth refuses the settings. */
  readonly saves?: number;
  readonly givesUp: string;
  /** The first proof that does not hold. */
  readonly refused?: string;
}

export interface Cheaper {
  /** Dollars a month today. */
  readonly today: number;
  /** What saves most first. */
  readonly savings: readonly Saving[];
  /** Cheaper node groups that do not hold today's pods. */
  readonly tooSmall: readonly TooSmall[];
  /** What holds together: all that gives up nothing, and everything. */
  readonly together: readonly Saving[];
  /** What has a price and no setting. */
  readonly untried: readonly Untried[];
}

/** Smaller differences are not worth an edit. */
const cent = 0.005;

/**
 * Turns every knob by itself and asks the proofs; then turns together what holds. A knob that changes the pods is compared with
 * the smallest node groups for the pods of today, so that it is not praised for what those save. The same settings give the
 * same answer.
 *
 * @throws Error when synth refuses the settings of today
 */
export function cheaper(root: string, raw: Raw): Cheaper {
  const today = shapeOf(root, raw);
  if ('refused' in today) throw new Error(today.refused);
  const prove = prover(root, today);
  const podsToday = podsOf(today);
  const now = instanceTypes[buildGroup(today.settings.cluster).instanceType].architecture;
  const smallest = sized(today, now);
  const tooSmall = [...smallest.tooSmall];

  const machines = architectures.flatMap((architecture): Saving[] => {
    const found = architecture === now ? smallest : sized(today, architecture);
    if (found !== smallest) tooSmall.push(...found.tooSmall);
    if (!found.size || found.size.edits.length === 0) return [];
    const name = `Nodes of ${architecture}`;
    return judged(name, found.size.edits, givenUp(found.size.edits, architecture !== now && architecture));
  });
  const knobs = knobsOf(raw);
  const others = knobs.flatMap(({ name, edits, givesUp }): Saving[] => {
    const shape = shapeOf(root, edited(raw, edits));
    if ('refused' in shape || podsOf(shape) === podsToday) return judged(name, edits, givesUp);
    const { size } = sized(shape, now);
    return size && smallest.size
      ? judged(name, [...edits, ...size.edits], givesUp, smallest.size.dollars)
      : judged(name, edits, givesUp);
  });
  const savings = [...machines, ...others].sort(
    (a, b) => (b.saves ?? 0) - (a.saves ?? 0) || (a.name < b.name ? -1 : 1),
  );
  const held = savings.filter(({ refused }) => refused === undefined);
  const names = (all: readonly Saving[]) => knobs.filter(({ name }) => all.some((saving) => saving.name === name));
  const free = held.filter(({ givesUp }) => givesUp === nothing);
  return {
    today: today.dollars,
    savings,
    tooSmall: tooSmall.filter(({ dollars }) => dollars < today.dollars),
    together: [
      ...together('All that gives up nothing', names(free), []),
      ...together('Everything that holds', names(held), architectures),
    ],
    untried: untriedOf(today),
  };

  /** @param than what a month costs without the knob; today's when absent */
  function judged(
    name: string,
    edits: readonly SettingEdit[],
    givesUp: string,
    than = (today as Proven).dollars,
  ): Saving[] {
    const shape = shapeOf(root, edited(raw, edits));
    if ('refused' in shape) return [{ name, edits, givesUp, refused: shape.refused }];
    const saves = than - shape.dollars;
    if (saves < cent) return [];
    const refused = prove(shape);
    return [{ name, edits, saves, givesUp, ...(refused && { refused }) }];
  }

  /**
   * All at once, or what of it holds one after the other, on the cheapest nodes of these architectures; on today's where none
   * is named.
   */
  function together(name: string, all: readonly Knob[], on: readonly InstanceTypeOf['architecture'][]): Saving[] {
    const tried = (turned: readonly Knob[]): Saving | undefined => {
      const edits = joined(turned.map(({ edits }) => edits));
      const shape = shapeOf(root, edited(raw, edits));
      if ('refused' in shape) return { name, edits, givesUp: '', refused: shape.refused };
      const sizes = on.flatMap((architecture) => sized(shape, architecture).size ?? []);
      const [best] = sizes.sort((a, b) => a.dollars - b.dollars);
      return judged(name, [...edits, ...(best?.edits ?? [])], '')[0];
    };
    const whole = tried(all);
    if (whole?.refused === undefined) return whole ? [whole] : [];
    let turned: readonly Knob[] = [];
    let best: Saving | undefined;
    for (const knob of all) {
      const next = tried([...turned, knob]);
      if (next?.refused !== undefined || (next?.saves ?? 0) <= (best?.saves ?? 0)) continue;
      [turned, best] = [[...turned, knob], next];
    }
    return best ? [best] : [];
  }
}

const architectures = [...new Set(Object.values(instanceTypes).map(({ architecture }) => architecture))];

function podsOf(proven: Proven): string {
  return JSON.stringify(setsOf(proven));
}

function givenUp(edits: readonly SettingEdit[], other: string | false): string {
  if (other)
    return `every image must be built for ${other} too: those of others are named by an index that has it, ours is built on such a node`;
  return edits.some(({ path }) => path.endsWith('.instanceType'))
    ? 'other machines: nobody has measured the app on them'
    : nothing;
}

/** The first of two edits of one field counts: what saves more stands before it. */
function joined(all: readonly (readonly SettingEdit[])[]): SettingEdit[] {
  const made = new Map<string, SettingEdit>();
  for (const edit of all.flat())
    if (!made.has(`${edit.of} ${edit.path}`)) made.set(`${edit.of} ${edit.path}`, edit);
  return [...made.values()];
}
