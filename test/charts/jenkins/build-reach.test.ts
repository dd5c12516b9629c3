import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { manifestsWith } from '../../support/changed';
import { root } from '../../support/root';
import { agents } from './agents';
import { type Manifest, manifests, matches, settings } from './manifests';
import { dockerfileReach, type Reach, reachOf, scriptsOf } from './reach';

const read = (file: string) => readFileSync(join(root, file), 'utf8');
const pipelines = ['Jenkinsfile', 'docs/rails-app/Jenkinsfile'];
const dockerfile = read('docs/rails-app/Dockerfile');
const apiServers = [
  settings.cluster.network.services.replace(/\d+\/\d+$/, '1/32'),
  ...settings.outputs.private_subnet_cidrs,
];

/** Every need of every agent: its pipelines' scripts, and the Dockerfile of those that build images. */
const needs = [
  ...pipelines.flatMap((file) =>
    scriptsOf(read(file)).flatMap(({ agents: on, script }) =>
      on.flatMap((agent) => reachOf(script).map((to) => ({ agent, ...to }))),
    ),
  ),
  ...['docker', 'preview'].flatMap((agent) => dockerfileReach(dockerfile).map((to) => ({ agent, ...to }))),
];

/** What the policies of an agent do not let it reach. */
function closed(of: readonly Manifest[], needed: readonly (Reach & { agent: string })[]): string[] {
  return [
    ...new Set(
      needed.flatMap(({ agent, host, port }) => {
        const { labels, owner } = agents.find(({ name }) => name === agent) as (typeof agents)[number];
        const rules = of
          .filter(
            ({ kind, metadata, spec }) =>
              kind === 'NetworkPolicy' &&
              metadata.namespace === owner.metadata.namespace &&
              matches(spec.podSelector.matchLabels ?? {}, labels),
          )
          .flatMap(({ spec }) => spec.egress ?? []);
        const cidrs = host === 'the API server' ? apiServers : ['0.0.0.0/0'];
        const open = cidrs.every((cidr) =>
          rules.some(
            (rule: any) =>
              rule.to.some(({ ipBlock }: any) => ipBlock?.cidr === cidr) &&
              rule.ports.some((each: any) => each.port === port && each.protocol === 'TCP'),
          ),
        );
        return open ? [] : [`${agent} cannot reach ${host}:${port}`];
      }),
    ),
  ].sort();
}

test('an agent may reach what its pipelines and the Dockerfile connect to', () => {
  expect(closed(manifests, needs)).toEqual([]);
});

test('what they connect to is found: packages, gems, images, GitHub and the API server', () => {
  const found = new Set(needs.map(({ agent, host, port }) => `${agent} ${host}:${port}`));
  expect([...found]).toEqual(
    expect.arrayContaining([
      'docker deb.debian.org:80',
      'docker public.ecr.aws:443',
      'docker rubygems.org:443',
      'docker ECR:443',
      'preview deb.debian.org:80',
      'preview ECR:443',
      'rspec rubygems.org:443',
      'review registry.npmjs.org:443',
      'deploy registry.npmjs.org:443',
      'deploy github.com:443',
      'deploy the API server:443',
      'deploy api.github.com:443',
    ]),
  );
});

test('with the policies of TLS only no package can be fetched', () => {
  const without = manifests.map((each) =>
    each.kind === 'NetworkPolicy' && each.metadata.namespace === 'ci-build'
      ? {
          ...each,
          spec: {
            ...each.spec,
            egress: each.spec.egress?.filter(
              (rule: any) => !(rule.ports[0].port === 80 && rule.to[0].ipBlock?.cidr === '0.0.0.0/0'),
            ),
          },
        }
      : each,
  );
  expect(closed(without, needs)).toEqual(
    ['docker', 'preview'].map((agent) => `${agent} cannot reach deb.debian.org:80`),
  );
});

test.each([
  [
    'packages',
    'FROM debian:12\nRUN apt-get update && apt-get install --yes curl',
    ['docker.io:443', 'deb.debian.org:80'],
  ],
  [
    'packages by TLS',
    "FROM debian:12\nRUN sed -i 's|http:|https:|' /etc/apt/sources.list.d/debian.sources && apt-get update",
    ['docker.io:443', 'deb.debian.org:443'],
  ],
  ['a file', 'FROM scratch\nADD http://example.org/a.tar.gz /a', ['example.org:80']],
  ['a file on another port', 'FROM scratch\nADD https://example.org:8443/a.tar.gz /a', ['example.org:8443']],
  ['another frontend', '# syntax=docker/dockerfile:1\nFROM scratch', ['docker.io:443']],
  [
    'a stage and an image to copy from',
    'FROM scratch AS a\nCOPY --from=a /a /a\nCOPY --from=ghcr.io/x/y:1 /b /b',
    ['ghcr.io:443'],
  ],
])('a Dockerfile with %s', (_, text, expected) => {
  expect([...new Set(dockerfileReach(text).map(({ host, port }) => `${host}:${port}`))]).toEqual(expected);
});

test('a program that nobody has looked at is not taken for one that connects to nothing', () => {
  expect(() => dockerfileReach('FROM scratch\nRUN true && pip install flask')).toThrow(
    'true: say in test/charts/jenkins/reach.ts',
  );
  expect(() => reachOf('npm ci\nwget --quiet example.org')).toThrow('wget: say in test/charts/jenkins/reach.ts');
});

describe('Docker Hub, which counts what comes from the one address of the NAT gateway', () => {
  /** In the text: of pods, and of what makes pods. */
  const images = (of: readonly Manifest[]) =>
    [...new Set([...of.flatMap((each) => JSON.stringify(each).match(/docker\.io\/[\w./-]+/g) ?? [])])].sort();

  test('is asked by ECR only', () => {
    expect(images(manifests)).toEqual([]);
    expect(dockerfileReach(dockerfile).filter(({ host }) => host === 'docker.io')).toEqual([]);
  });

  test('is asked by nodes for every image of it where the settings keep no copies', () => {
    const changed = manifestsWith(({ cluster, environments }) => {
      cluster.aws.pullThrough = {};
      environments[1].inCluster.redis.image = 'docker.io/library/redis:7.4.10-bookworm';
    });
    const all = ['jenkins/inbound-agent', 'jenkins/jenkins', 'library/redis', 'moby/buildkit'];
    expect(images(changed)).toEqual(all.map((name) => `docker.io/${name}`));
  });
});
