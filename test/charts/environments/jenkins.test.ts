import { problemsOf } from '../../support/problems';

const jenkins = (change: (jenkins: any) => void) => (settings: any) => change(settings.cluster.jenkins);
const file = 'charts/environments/cluster.ts: jenkins';

const wrong: [string, (settings: any) => void, string][] = [
  ['a heap that leaves Java nothing', jenkins((j) => (j.heapPercent = 75)), `${file}.heapPercent: 75 is above 60`],
  ['no heap', jenkins((j) => (j.heapPercent = 0)), `${file}.heapPercent: 0 is below 1`],
  ['a floating image', jenkins((j) => (j.image = 'docker.io/jenkins/jenkins:latest')), `${file}.image: `],
  [
    'an image without a registry',
    jenkins((j) => (j.agents.rspec.ruby.image = 'ruby:3.4')),
    `${file}.agents.rspec.ruby.image: `,
  ],
  [
    'a volume without a unit',
    jenkins((j) => (j.storage = '20')),
    `${file}.storage: "20" is not a valid quantity of bytes`,
  ],
  [
    'a limit below the request',
    jenkins((j) => (j.resources.memoryLimit = '1Gi')),
    `${file}.resources.memoryLimit: 1Gi is below the request, 2Gi; raise it`,
  ],
  [
    "an agent's limit below its request",
    jenkins((j) => (j.agents.docker.buildkit.resources.memoryLimit = '512Mi')),
    `${file}.agents.docker.buildkit.resources.memoryLimit: 512Mi is below the request, 2Gi`,
  ],
  [
    'more agents than nodes',
    jenkins((j) => (j.agents.most = 3)),
    `${file}.agents.most: 3 agents need 3 nodes, and nodeGroups.jenkins has at most 2`,
  ],
  ['no agents', jenkins((j) => (j.agents.most = 0)), `${file}.agents.most: 0 is too small; the least is 1`],
  [
    'builds that are ended before they begin',
    jenkins((j) => (j.agents.buildTimeout = '5m')),
    `${file}.agents.buildTimeout: 5m must be longer than connectTimeout, 10m`,
  ],
  [
    'a time without a unit',
    jenkins((j) => (j.terminationGracePeriod = 90)),
    `${file}.terminationGracePeriod: 90 is not a valid duration`,
  ],
  ['no history', jenkins((j) => (j.buildsKept = 0)), `${file}.buildsKept: 0 is too small; the least is 1`],
  [
    "an app's repository that is not an address",
    jenkins((j) => (j.application = 'e-ren/e-ren')),
    `${file}.application: "e-ren/e-ren" is not a repository on GitHub`,
  ],
  [
    'a backup at no time',
    jenkins((j) => (j.backup.schedule = 'daily')),
    `${file}.backup.schedule: "daily" is not a valid cron schedule`,
  ],
  [
    'a backup that keeps none',
    jenkins((j) => (j.backup.keep = 0)),
    `${file}.backup.keep: 0 is too small; the least is 1`,
  ],
  ['a misspelt field', jenkins((j) => (j.plugin = {})), `${file}.plugin: is an unknown field; remove it`],
  ['a field that is gone', jenkins((j) => delete j.backup), `${file}.backup: is missing; add it`],
  [
    'addresses of Services that are not a range',
    (settings) => (settings.cluster.network.services = '172.20.0.0'),
    'charts/environments/cluster.ts: network.services: "172.20.0.0" is not an IPv4 range of /8 to /32',
  ],
];

test.each(wrong)('%s is refused with its place and a remedy', (_, change, said) => {
  const problems = problemsOf(change);
  expect(problems.filter((problem) => problem.startsWith(said))).toHaveLength(1);
});
