import type { Say } from './say';

const levels = ['privileged', 'baseline', 'restricted'];

/** Pod Security's labels are read when the namespace is made. */
export function namespace({ metadata }: any, say: Say): void {
  for (const mode of ['enforce', 'audit', 'warn']) {
    const [level, version] = [`pod-security.kubernetes.io/${mode}`, `pod-security.kubernetes.io/${mode}-version`];
    const { [level]: chosen, [version]: at } = metadata.labels ?? {};
    if (chosen !== undefined && !levels.includes(chosen))
      say(['metadata', 'labels', level], `${JSON.stringify(chosen)} is none of ${levels.join(', ')}`);
    if (at !== undefined && !/^(latest|v1\.\d+)$/.test(at))
      say(['metadata', 'labels', version], `${JSON.stringify(at)} is neither latest nor v1.x`);
  }
}
