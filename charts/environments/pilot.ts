import { edited, type Raw, type SettingEdit } from './edits';

/** One thing that the pilot does without. */
export interface PilotRow {
  readonly what: string;
  readonly edits: readonly SettingEdit[];
  readonly givesUp: string;
}

const cluster = (path: string, to: unknown): SettingEdit => ({ of: 'cluster', path, to });

/**
 * The design's month with few students, before everybody is let in: what is turned then, each with its price in safety.
 * `pilot` of cluster.ts turns all of it; `npm run cost -- --pilot` says what a month costs, and asks every proof.
 */
export const pilot: readonly PilotRow[] = [
  {
    what: 'One public load balancer',
    edits: [
      cluster('loadBalancer.public.alb.namespaces', ['production', 'staging', 'ci-cd', 'argocd']),
      cluster('loadBalancer.public.alb-shared', undefined),
    ],
    givesUp:
      "An Ingress of staging, Jenkins or Argo CD that AWS refuses stops every change of production's listener, a canary's too (docs/decisions/0023). `npm run check` still finds what git can tell.",
  },
  {
    what: 'Builds on Spot',
    edits: [cluster('nodeGroups.jenkins.spot', {})],
    givesUp: "AWS ends a build at two minutes' notice; it starts again from its beginning. Jenkins itself stays.",
  },
  {
    what: 'No previews',
    edits: [cluster('preview', undefined)],
    givesUp: 'A pull request is first seen in staging, after it has been merged.',
  },
  {
    what: 'Nobody looks from outside',
    edits: [cluster('alerts.outside', undefined)],
    givesUp: 'An outage that only students see is found by one of them.',
  },
  {
    what: 'One larger node at rest instead of three, and two web pods',
    edits: [
      { of: 'production', path: 'web.autoscaling.min', to: 2 },
      cluster('nodeGroups.app.instanceType', 't4g.xlarge'),
      cluster('nodeGroups.app.min', 1),
      cluster('nodeGroups.app.max', 3),
      cluster('nodeGroups.app.maxPods', 58),
      // A node in the other zone would not have the volumes of Jenkins and of staging's database.
      cluster('nodeGroups.app.singleZone', true),
      cluster('lostNode', 'waits'),
    ],
    givesUp:
      "When the node is lost, everything is away until AWS has started another, five to ten minutes; when its zone is lost, until a person gives the group the other zone and restores Jenkins and staging's database there.",
  },
];

/** The settings of the pilot. */
export function piloted<T extends Raw>(settings: T, rows = pilot): T {
  return edited(
    settings,
    rows.flatMap(({ edits }) => edits),
  ) as T;
}
