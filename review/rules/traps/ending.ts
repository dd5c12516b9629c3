import { commandOf, graceOf, preStopOf } from '../../model/pods';
import { ofContainers } from '../../rule';

export const preStopGrace = ofContainers({
  id: 'pre-stop-grace',
  level: 'high',
  title: 'The grace period of a pod is longer than its preStop hooks.',
  why: 'The hook counts against the grace period: the program is killed in the middle of the sleep, and never gets a TERM signal.',
  fix: 'Lengthen `terminationGracePeriodSeconds` (30 by default), or shorten the hook.',
  *judge(container, { pod, stays }) {
    const [sleeps, grace] = [stays ? preStopOf(container) : 0, graceOf(pod.spec)];
    if (sleeps > 0 && sleeps >= grace)
      yield [`${sleeps}s is not below the grace period, ${grace}s`, 'lifecycle', 'preStop'];
  },
});

export const sidekiqTimeout = ofContainers({
  id: 'sidekiq-timeout',
  level: 'high',
  title: 'Sidekiq can end its jobs before its pod is killed.',
  why: 'A job that is killed is not pushed back to Redis: without Sidekiq Pro it is lost.',
  fix: 'Let `-t` (25 by default) and the preStop hook together stay below `terminationGracePeriodSeconds` (30 by default).',
  *judge(container, { pod, stays }) {
    const [words, grace] = [commandOf(container), graceOf(pod.spec)];
    if (!stays || !words.some((word) => /(^|[/\s])sidekiq(\s|$)/.test(word))) return;
    const timeout = Number(/\s(?:-t|--timeout)[\s=]*(\d+)/.exec(words.join(' '))?.[1] ?? 25);
    const sleeps = preStopOf(container);
    if (timeout + sleeps >= grace)
      yield [
        `takes ${sleeps + timeout}s to end (preStop ${sleeps}s, -t ${timeout}s), the grace period is ${grace}s`,
        container.command ? 'command' : 'args',
      ];
  },
});
