import * as v from 'valibot';
import {
  bytes,
  count,
  dnsLabelText,
  duration,
  imageReference,
  percent,
  repository,
  repositoryName,
  resources,
  schedule,
} from './units';

/** A container whose image is somebody else's. */
const container = v.strictObject({ image: imageReference, resources });

export const jenkins = v.strictObject({
  /** The group of `nodeGroups` that the controller runs on, and its agents where they name none of their own. */
  nodeGroup: dnsLabelText,
  /** A name of the cluster's priority classes, for the controller; below 0 where it shares nodes with the app. Default: system. */
  priority: v.optional(dnsLabelText),
  image: imageReference,
  /** The design: 1 CPU and 2 GiB, as request and as limit. */
  resources,
  /** How much of the memory limit may be heap: the rest is Java's own, and what `git` takes beside it. */
  heapPercent: v.pipe(
    percent,
    v.maxValue(60, (issue) => `${issue.input} is above 60; Java needs the rest of the limit beside its heap`),
  ),
  /** History of builds, plugins and what was changed by hand. */
  storage: bytes,
  terminationGracePeriod: duration,
  /** Builds of each branch whose history stays. */
  buildsKept: count(1),
  /** The repository of the Rails app. This repository is `delivery.repository`. */
  application: repository,
  agents: v.strictObject({
    /** At once; each needs a node of the group of its own, beside the controller's where that is there too. */
    most: count(1),
    /** The group of the agents alone, which may have no node while nothing is built. Absent: the controller's. */
    nodeGroup: v.optional(dnsLabelText),
    /** How long a pod may take from its creation to its first word; a new node comes up within it. */
    connectTimeout: duration,
    /** A pod that is older is ended, whatever it does. */
    buildTimeout: duration,
    /** Jenkins' own container in every agent. */
    inbound: container,
    /** Ruby is the app's version; PostgreSQL and Redis are RDS' and ElastiCache's. */
    rspec: v.strictObject({ ruby: container, postgres: container, redis: container }),
    docker: v.strictObject({
      buildkit: container,
      /** The repository of the build cache, in the registry of the images: its tags may move. */
      cacheRepository: repositoryName,
    }),
    /** Runs the tests of this repository; their memory is that of `npm test`. */
    review: v.strictObject({ node: container }),
    deploy: v.strictObject({ node: container }),
  }),
  /** Snapshots of the volume, and how many are kept. */
  backup: v.strictObject({ schedule, keep: count(1), resources }),
});
