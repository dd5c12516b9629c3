import type { PreviewSettings } from './previews';

export const preview: PreviewSettings = {
  domain: 'preview.eren.washu.edu',
  // A preview of something else than what comes next would show little.
  like: 'staging',
  // The nodes hold so many beside a canary of production; npm run cost says what a day of one costs.
  most: 3,
  // A work week's rest: a pull request on which nothing has moved since is asked for again by a push.
  timeToLive: '72h',
  priority: 'preview',
  // The university's network, and its VPN.
  visitors: ['128.252.0.0/16'],
  // One pod of each, and the migrations beside them.
  quota: { cpu: '400m', memory: '2Gi', memoryLimit: '3Gi', pods: 6, storage: '6Gi' },
  repository: 'e-ren-preview',
};
