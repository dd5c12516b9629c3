import * as v from 'valibot';
import { logDays } from './infrastructure';
import type { SettingsProblem } from './problem';
import {
  between,
  branch,
  bytes,
  count,
  imageReference,
  mebibytes,
  percent,
  repository,
  seconds,
  tlsPolicy,
} from './units';
import { quoted } from './visible';

/** A service of tasks on Fargate behind nginx and a load balancer: what of it may change, for any system that has one. */
export const fargate = {
  task: v.strictObject({
    /** Units of CPU: 1024 are one. Fargate takes some pairs of this and `memory`. */
    cpu: v.picklist([256, 512, 1024, 2048, 4096]),
    memory: bytes,
    architecture: v.picklist(['ARM64', 'X86_64']),
    /** `FARGATE_SPOT`: about a third of the price, and AWS may take a task back two minutes after it has said so. */
    capacity: v.picklist(['FARGATE', 'FARGATE_SPOT']),
    /** Percent of what a task has. */
    scaling: v.strictObject({
      min: count(1),
      max: count(1, 100),
      cpuUtilization: percent,
      memoryUtilization: percent,
    }),
    /** `enhanced` bills for every task and container. */
    containerInsights: v.picklist(['enhanced', 'enabled', 'disabled']),
    /** How long an answer of the app may take: of its database, one statement. */
    answer: between('1s', '1h'),
    /** From TERM until the kernel ends the app. */
    stopTimeout: between('1s', '120s'),
  }),
  nginx: v.strictObject({
    image: imageReference,
    memory: bytes,
    /** The largest file that somebody may upload. */
    uploads: bytes,
    /** How long it waits for the app: longer than an answer, shorter than the load balancer waits. */
    readTimeout: between('1s', '1h'),
    /** How long it goes on taking requests after the signal: AWS takes a task of Spot back before the load balancer knows. */
    preStop: between('1s', '60s'),
  }),
  loadBalancer: v.strictObject({
    sslPolicy: tlsPolicy,
    idleTimeout: between('1s', '4000s'),
    healthCheckInterval: between('6s', '300s'),
    healthyThreshold: count(2, 10),
    deregistrationDelay: between('1s', '3600s'),
  }),
  pipeline: v.strictObject({
    repository,
    branch,
    /** What builds the image, a name of CodeBuild's; it has the architecture of the task. */
    image: v.picklist([
      'aws/codebuild/amazonlinux-aarch64-standard:3.0',
      'aws/codebuild/amazonlinux-x86_64-standard:5.0',
    ]),
    compute: v.picklist(['BUILD_GENERAL1_SMALL', 'BUILD_GENERAL1_MEDIUM', 'BUILD_GENERAL1_LARGE']),
    /** How requests move to a new version: "Predefined deployment configurations for an Amazon ECS compute platform". */
    shift: v.picklist([
      'CodeDeployDefault.ECSCanary10Percent5Minutes',
      'CodeDeployDefault.ECSCanary10Percent15Minutes',
      'CodeDeployDefault.ECSLinear10PercentEvery1Minutes',
      'CodeDeployDefault.ECSLinear10PercentEvery3Minutes',
      'CodeDeployDefault.ECSAllAtOnce',
    ]),
    /** Minutes that the old version stays after the last request has moved: the way back is at once until then. */
    keepOld: count(0, 2880),
  }),
  /** Days. */
  logs: v.strictObject({ retention: logDays, accessRetention: count(1) }),
  alarms: v.strictObject({
    cpu: percent,
    memory: percent,
    databaseCpu: percent,
    /** Percent of `storage` that is used. */
    databaseUsed: percent,
    /** Percent of requests that are answered with 5xx, and below how many in a minute it says nothing. */
    errorRate: percent,
    minimumRequests: count(1),
  }),
};

type Fargate = { readonly [K in keyof typeof fargate]: v.InferOutput<(typeof fargate)[K]> };

/** GiB that Fargate has for so many units of CPU, each whole one of them: "Task CPU and memory" in its guide. */
const sizes: Readonly<Record<Fargate['task']['cpu'], readonly [from: number, to: number]>> = {
  256: [0.5, 2],
  512: [1, 4],
  1024: [2, 8],
  2048: [4, 16],
  4096: [8, 30],
};

/** What ECS waits for a container of Fargate to end, and what AWS says beforehand of a task of Spot. */
const longestStop = 120;

/** Seconds that nginx may take to end: the wait, the last answers, and a moment. */
export function nginxStops({ preStop, readTimeout }: Pick<Fargate['nginx'], 'preStop' | 'readTimeout'>): number {
  return seconds(preStop) + seconds(readTimeout) + 5;
}

/** @returns what is wrong between these */
export function* judgeFargate(settings: Omit<Fargate, 'alarms' | 'logs'>): Generator<SettingsProblem> {
  const { task, nginx, loadBalancer, pipeline } = settings;
  const [from, to] = sizes[task.cpu];
  const memory = mebibytes(task.memory) / 1024;
  if (memory < from || memory > to || (memory % 1 !== 0 && memory !== from))
    yield {
      path: 'task.memory',
      message: `${task.memory} does not go with ${task.cpu} units of CPU; Fargate has ${1024 * from}Mi to ${to}Gi there, in whole GiB`,
    };
  if (mebibytes(nginx.memory) * 2 > mebibytes(task.memory))
    yield {
      path: 'nginx.memory',
      message: `${nginx.memory} is more than half of task.memory, ${task.memory}; lower it`,
    };
  if (task.scaling.min > task.scaling.max)
    yield {
      path: 'task.scaling.min',
      message: `${task.scaling.min} is above max, ${task.scaling.max}; lower min or raise max`,
    };
  const asked = ['nginx.readTimeout', nginx.readTimeout] as const;
  for (const [[path, long], [what, short], why] of [
    [asked, ['task.answer', task.answer], 'nginx gives up before the app does'],
    [
      ['loadBalancer.idleTimeout', loadBalancer.idleTimeout],
      asked,
      'the load balancer gives up before nginx does',
    ],
    [
      ['loadBalancer.deregistrationDelay', loadBalancer.deregistrationDelay],
      asked,
      'requests of a task that leaves are cut',
    ],
  ] as const)
    if (seconds(long) <= seconds(short))
      yield { path, message: `${long} is not longer than ${what}, ${short}, so ${why}; raise it` };
  const stops = nginxStops(nginx) + seconds(task.stopTimeout);
  if (stops > longestStop)
    yield {
      path: 'nginx.preStop',
      message: `${nginx.preStop}, the last answers of nginx and task.stopTimeout are ${stops} s, and a task of Spot has ${longestStop}; lower one`,
    };
  if (pipeline.image.includes('aarch64') !== (task.architecture === 'ARM64'))
    yield {
      path: 'pipeline.image',
      message: `${quoted(pipeline.image)} does not build for ${task.architecture}; take the other one`,
    };
}

interface InAccount {
  readonly region: string;
  readonly aws: {
    readonly repositories: Readonly<Record<string, { readonly mutable: boolean }>>;
    readonly replication?: { readonly region: string };
  };
}

/**
 * @param called what the environment's resources are named by
 * @returns what is wrong with what the account has once
 */
export function* judgeInAccount({ region, aws }: InAccount, called: string): Generator<SettingsProblem> {
  if (aws.repositories[called]?.mutable !== false)
    yield {
      path: `aws.repositories.${called}`,
      message: 'must be there with mutable: false; a deploy names an image that cannot change',
    };
  if (aws.replication?.region === region)
    yield {
      path: 'aws.replication.region',
      message: `${quoted(region)} is where the files are; a copy is for when that is lost`,
    };
  if (called.length > 26)
    yield {
      path: 'system.prefix',
      message: `${quoted(called)}, with the name, is longer than the 26 characters that a load balancer's groups have; shorten it`,
    };
}
