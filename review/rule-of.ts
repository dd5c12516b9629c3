import { type Container, containersOf, type PodTemplate, podsOf } from './model/pods';
import type { Manifest, ObjectOf, Steps, Tree } from './model/tree';
import type { Rule, Subject, TreeRule } from './rule';
import availability from './rules/availability/words.json';
import balancer from './rules/balancer/words.json';
import fresh from './rules/fresh/words.json';
import references from './rules/references/words.json';
import security from './rules/security/words.json';
import traps from './rules/traps/words.json';
import whole from './rules/words.json';

const table = { ...fresh, ...references, ...traps, ...balancer, ...security, ...availability, ...whole };

/** The rules that there are. */
export type RuleId = keyof typeof table;

/** What a rule says, by its id: `words.json` beside the files of its group. */
const words = table as unknown as Readonly<Record<RuleId, Omit<Rule, 'id' | 'check'>>>;

/** What is wrong, and where below what is judged. */
export type Said = readonly [message: string, ...path: Steps];

/** A rule that looks at whatever it likes. */
export function rule(id: RuleId, check: Rule['check']): Rule {
  return { id, ...words[id], check };
}

/** A rule about the objects together. */
export function ofTree(id: RuleId, check: TreeRule['check']): TreeRule {
  return { id, ...words[id], check };
}

/** A rule about every object of some kinds. */
export function ofKinds<K extends string>(
  id: RuleId,
  kinds: readonly K[],
  judge: (object: ObjectOf<K>, manifest: Manifest<K>, tree: Tree) => Iterable<Said>,
): TreeRule {
  return ofTree(id, function* ({ tree }) {
    for (const manifest of tree.ofKind(...kinds))
      for (const [message, ...path] of judge(manifest.object, manifest, tree))
        yield { manifest: manifest as Manifest, path, message };
  });
}

/** A rule about every container of every pod, init containers first. */
export function ofContainers(
  id: RuleId,
  judge: (container: Container['container'], place: Container, subject: Subject) => Iterable<Said>,
): Rule {
  return rule(id, function* (subject) {
    for (const pod of podsOf(subject.tree))
      for (const place of containersOf(pod))
        for (const [message, ...path] of judge(place.container, place, subject))
          yield { manifest: pod.owner, path: [...place.path, ...path], message };
  });
}

/** A rule about every pod that some workload makes. */
export function ofPods(id: RuleId, judge: (pod: PodTemplate, tree: Tree) => Iterable<Said>): TreeRule {
  return ofTree(id, function* ({ tree }) {
    for (const pod of podsOf(tree))
      for (const [message, ...path] of judge(pod, tree))
        yield { manifest: pod.owner, path: [...pod.path, ...path], message };
  });
}
