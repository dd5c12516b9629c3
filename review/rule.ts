import type { SystemFacts } from '../charts/facts';
import type { Settings } from '../charts/settings';
import { doing } from './limit';
import { oncePer } from './model/collections';
import type { Manifest, Steps, Tree } from './model/tree';
import type { Schemas } from './schema/tables';

/** From what is only worth knowing to what must not be merged. */
export const levels = ['info', 'warn', 'high', 'critical'] as const;
export type Level = (typeof levels)[number];

/** What a rule may look at: the objects, and the typed settings that they must agree with. */
export interface Subject {
  readonly tree: Tree;
  readonly settings: Settings | SystemFacts;
  /** What the API server knows of every kind. */
  readonly schemas: Schemas;
  /** What a comparison asks about: rules that judge each object by itself may pass over all others. All when absent. */
  readonly asked?: readonly Manifest[];
  /** Files of the system in whose cluster this one lives: they count in proofs, and their own run judges them. */
  readonly elsewhere?: ReadonlySet<string>;
  /** What `npm run check` knows beyond the objects; rules that need it say nothing without it. */
  readonly around?: Around;
}

/** What a table is made of. */
export type Facts = Pick<Subject, 'tree' | 'settings'>;

/** How the objects came about. */
export interface Around {
  /** What stands in `dist/` and `argocd/`, path to text. */
  readonly texts: ReadonlyMap<string, string>;
  /** What synth makes of the source, twice; absent where nobody asked it. */
  readonly made?: readonly [ReadonlyMap<string, string>, ReadonlyMap<string, string>];
  /** The files at the merge-base; absent where there is none. */
  readonly before?: readonly string[];
  /** Each environment that is frozen and changes, with until when, by whom and why. */
  readonly frozen?: ReadonlyMap<string, string>;
  /** What was acknowledged in `.changes/ack.yaml`. */
  readonly acknowledged: readonly Acknowledgement[];
  /** `2026-12-01` */
  readonly today: string;
}

/** One entry of `.changes/ack.yaml`: what a change does is known and wanted. */
export interface Acknowledgement {
  /** The id of the finding: `shrunk:dist/production/web`. */
  readonly id: string;
  readonly reason: string;
  /** The last day on which it holds. */
  readonly until?: string;
}

/** One place where a rule does not hold. */
export type Offence = ObjectOffence | FileOffence;

export interface ObjectOffence {
  readonly manifest: Manifest;
  /** Where the field stands in the object; empty for the object as a whole. */
  readonly path: Steps;
  /** The value, and what it will do. */
  readonly message: string;
}

/** Where there is no object: a file that is missing, or holds none. */
interface FileOffence {
  readonly file: string;
  readonly message: string;
}

/**
 * What a rule judges, and so how one place may break it; `@` stands for the rule's id. Only one object has a place for an
 * annotation: what is about more than one has no exception, or another one.
 */
export const exceptions = {
  object:
    "Say why in the chart, beside the object: `allow(object, '@', 'why this one may')` (`charts/constructs/allow.ts`).",
  files:
    'None: the rule judges files of the repository, and `allow()` marks one object. What has to be done is said above.',
  whole:
    'None: the rule judges all objects together with the settings, and `allow()` marks one object. Change the setting that the message names.',
  commit:
    'Say why in `.changes/ack.yaml`: an entry with `id: @:<folder>`, a `reason`, and in `until` the last day on which it holds.',
  allowance: 'None: the rule judges the exceptions themselves. Change or remove the call of `allow()`.',
} as const;

/** One thing that must hold, with what `check --explain` and its page in docs/rules/ say of it. */
export interface Rule {
  /** kebab-case, and its page's name. */
  readonly id: string;
  readonly level: Level;
  /** One sentence that is true when the rule holds. */
  readonly title: string;
  /** What happens in the cluster when it does not. */
  readonly why: string;
  readonly fix: string;
  /** `object` when absent. */
  readonly about?: keyof typeof exceptions;
  readonly check: (subject: Subject) => Iterable<Offence>;
}

/** A rule that needs nothing but the objects, and so can be asked of any state of them. */
export interface TreeRule extends Rule {
  readonly check: (subject: Pick<Subject, 'tree'>) => Iterable<ObjectOffence>;
}

/** How one place may break a rule. */
export function exceptionTo({ id, about = 'object' }: Rule): string {
  return exceptions[about].replace('@', id);
}

const askedOf = oncePer((subject: Subject) =>
  oncePer((rule: Rule): readonly Offence[] => {
    doing(`rule ${rule.id}`);
    return [...rule.check(subject)];
  }),
);

/** What a rule says, asked once for each subject. */
export function offencesOf(rule: Rule, subject: Subject): readonly Offence[] {
  return askedOf(subject)(rule);
}
