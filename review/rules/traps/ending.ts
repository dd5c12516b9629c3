import { commandOf, graceOf, preStopOf } from '../../model/pods';
import { ofContainers } from '../../rule-of';

export const preStopGrace = ofContainers('pre-stop-grace', function* (container, { pod, stays }) {
  const [sleeps, grace] = [stays ? preStopOf(container) : 0, graceOf(pod.spec)];
  if (sleeps > 0 && sleeps >= grace)
    yield [`${sleeps}s is not below the grace period, ${grace}s`, 'lifecycle', 'preStop'];
});

export const sidekiqTimeout = ofContainers('sidekiq-timeout', function* (container, { pod, stays }) {
  const [words, grace] = [commandOf(container), graceOf(pod.spec)];
  if (!stays || !words.some((word) => /(^|[/\s])sidekiq(\s|$)/.test(word))) return;
  const timeout = Number(/\s(?:-t|--timeout)[\s=]*(\d+)/.exec(words.join(' '))?.[1] ?? 25);
  const sleeps = preStopOf(container);
  if (timeout + sleeps >= grace)
    yield [
      `takes ${sleeps + timeout}s to end (preStop ${sleeps}s, -t ${timeout}s), the grace period is ${grace}s`,
      container.command ? 'command' : 'args',
    ];
});
