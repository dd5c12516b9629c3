import { podsOf } from '../../model/pods';
import { sayLabels, selectPods, selects } from '../../model/selection';
import type { Rule } from '../../rule';

export const selectorMatchesTemplate: Rule = {
  id: 'selector-matches-template',
  level: 'critical',
  title: 'A Rollout selects the labels of its own pods.',
  why: 'The API server refuses a Deployment whose selector does not match its template. A Rollout it takes; the controller then calls it invalid and deploys nothing.',
  fix: 'Write the same labels into `spec.selector.matchLabels` and `spec.template.metadata.labels`.',
  *check({ tree }) {
    for (const { owner, labels } of podsOf(tree)) {
      const { selector } = owner.object.spec ?? {};
      if (!selector || owner.object.kind !== 'Rollout') continue;
      if (!selects(selector, labels))
        yield {
          manifest: owner,
          path: ['spec', 'selector'],
          message: `${sayLabels(selector)} does not match the labels of the template`,
        };
    }
  },
};

export const selectorOverlap: Rule = {
  id: 'selector-overlap',
  level: 'high',
  title: 'No two workloads of a namespace select the same pods.',
  why: 'Each controller counts the pods of the other as its own and may end them; budgets and autoscalers count them twice.',
  fix: 'Give each workload a label of its own, in its selector and its template.',
  *check({ tree }) {
    for (const { owner } of podsOf(tree)) {
      const { metadata, kind, spec } = owner.object;
      if (!spec.selector || kind === 'Job' || kind === 'CronJob') continue;
      const other = selectPods(tree, metadata.namespace, spec.selector).find((pod) => pod.owner !== owner);
      if (other)
        yield {
          manifest: owner,
          path: ['spec', 'selector'],
          message: `also selects the pods of ${other.owner.object.kind} ${other.owner.object.metadata.name}`,
        };
    }
  },
};

export const volumeMount: Rule = {
  id: 'volume-mount',
  level: 'critical',
  title: 'Every path that a container of a Rollout mounts is a volume of its pod.',
  why: 'The API server looks into the pods of its own kinds. Those of a Rollout are refused one by one, when the canary begins.',
  fix: 'Add the volume to the pod, or correct the name in the mount.',
  *check({ tree }) {
    for (const { owner, path, spec } of podsOf(tree)) {
      if (owner.object.kind !== 'Rollout') continue;
      const volumes = new Set((spec.volumes ?? []).map(({ name }: any) => name));
      for (const list of ['initContainers', 'containers'])
        for (const [i, container] of (spec[list] ?? []).entries())
          for (const field of ['volumeMounts', 'volumeDevices'])
            for (const [j, { name }] of (container?.[field] ?? []).entries())
              if (!volumes.has(name))
                yield {
                  manifest: owner,
                  path: [...path, 'spec', list, i, field, j, 'name'],
                  message: `${name} is not a volume of the pod`,
                };
    }
  },
};

/** A value of the environment or an argument in which the port is a number of its own. */
function names(port: number, { env = [], args = [], command = [] }: any): boolean {
  const number = new RegExp(`(^|\\D)${port}(\\D|$)`);
  return [...env.map(({ value }: any) => value), ...args, ...command].some((text) =>
    number.test(String(text ?? '')),
  );
}

export const probePort: Rule = {
  id: 'probe-port',
  level: 'high',
  title: 'A probe asks a port that its container has.',
  why: 'A probe of a port where nothing listens never succeeds: the pod never becomes ready, or is killed again and again.',
  fix: 'Name a port of the container, or declare the port there.',
  *check({ tree }) {
    for (const { owner, path, spec } of podsOf(tree))
      for (const list of ['initContainers', 'containers'])
        for (const [i, container] of (spec[list] ?? []).entries()) {
          const ports: any[] = container?.ports ?? [];
          for (const [probe, by, field] of handlers(container)) {
            const { port } = field;
            const declared = ports.some((each) => each.name === port || each.containerPort === Number(port));
            // A number need not be declared; where it is neither declared nor told to the program, it is a guess.
            const guessed = !Number.isNaN(Number(port)) && (ports.length === 0 || names(Number(port), container));
            if (!declared && !guessed)
              yield {
                manifest: owner,
                path: [...path, 'spec', list, i, ...probe, by, 'port'],
                message: `${port} is not a port of container ${container.name}`,
              };
          }
        }
  },
};

function* handlers(container: any): Generator<[string[], string, any]> {
  const probes = ['livenessProbe', 'readinessProbe', 'startupProbe'].map((name) => [name]);
  for (const path of [...probes, ['lifecycle', 'preStop'], ['lifecycle', 'postStart']]) {
    const handler = path.reduce((value, key) => value?.[key], container);
    for (const by of ['httpGet', 'tcpSocket', 'grpc']) if (handler?.[by]?.port) yield [path, by, handler[by]];
  }
}
