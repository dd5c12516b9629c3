import type { Promotion } from '../../review/diff/promotion';

/** An image that ran in staging before, without a new migration. */
export const promotion: Promotion = {
  environment: 'production',
  app: 'web',
  before: '4f2c9de-128',
  after: '9b1e07a-129',
  commits: 'https://github.com/e-ren/e-ren/compare/4f2c9de...9b1e07a',
  earlier: 'staging',
  since: '2026-11-18T14:02:00Z',
  beside: [{ app: 'sidekiq', tag: '4f2c9de-128', same: false }],
  migrations: 'none',
};
