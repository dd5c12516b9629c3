import { commandOf, graceOf, preStopOf } from '../../model/pods';
import { ofContainers } from '../../rule';
import { ruleWords } from '../../rule-words';

export const preStopGrace = ofContainers(ruleWords['pre-stop-grace'], function* (container, { pod, stays }) {
  const [sleeps, grace] = [stays ? preStopOf(container) : 0, graceOf(pod.spec)];
  if (sleeps > 0 && sleeps >= grace)
    yield [`${sleeps}s is not below the grace period, ${grace}s`, 'lifecycle', 'preStop'];
});

export const sidekiqTimeout = ofContainers(ruleWords['sidekiq-timeout'], function* (container, { pod, stays }) {
  const [ruleWords, grace] = [commandOf(container), graceOf(pod.spec)];
  if (!stays || !ruleWords.some((word) => /(^|[/\s])sidekiq(\s|$)/.test(word))) return;
  const timeout = Number(/\s(?:-t|--timeout)[\s=]*(\d+)/.exec(ruleWords.join(' '))?.[1] ?? 25);
  const sleeps = preStopOf(container);
  if (timeout + sleeps >= grace)
    yield [
      `takes ${sleeps + timeout}s to end (preStop ${sleeps}s, -t ${timeout}s), the grace period is ${grace}s`,
      container.command ? 'command' : 'args',
    ];
});
