import { type Container, containersOf, type PodTemplate, podsOf } from '../model/pods';
import type { Offence, Rule, Subject } from '../rule';

/** What is wrong, and where below the container or the pods' template. */
export type Said = readonly [message: string, ...path: (string | number)[]];
type Meta = Omit<Rule, 'check'>;

/** A rule about every container of every pod, init containers first. */
export function ofContainers(
  rule: Meta,
  judge: (container: any, place: Container, subject: Subject) => Iterable<Said>,
): Rule {
  return {
    ...rule,
    *check(subject): Generator<Offence> {
      for (const pod of podsOf(subject.tree))
        for (const place of containersOf(pod))
          for (const [message, ...path] of judge(place.container, place, subject))
            yield { manifest: pod.owner, path: [...place.path, ...path], message };
    },
  };
}

/** A rule about every pod that some workload makes. */
export function ofPods(rule: Meta, judge: (pod: PodTemplate, subject: Subject) => Iterable<Said>): Rule {
  return {
    ...rule,
    *check(subject): Generator<Offence> {
      for (const pod of podsOf(subject.tree))
        for (const [message, ...path] of judge(pod, subject))
          yield { manifest: pod.owner, path: [...pod.path, ...path], message };
    },
  };
}
