/** A group of Spot capacity as a person would add it: what differs from the group of the app. */
export const spotGroup = { instanceType: 't4g.medium', min: 1, max: 2, workload: 'spot', tainted: true, spot: {} };

/** The frozen settings with such a group, and production's Sidekiq on it. */
export function onSpot(settings: any): void {
  settings.cluster.nodeGroups.spot = { ...settings.cluster.nodeGroups.app, ...spotGroup };
  settings.environments[0].sidekiq.spot = {};
}
