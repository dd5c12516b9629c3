import type { Rule } from '../rule';
import {
  duplicatePort,
  duplicateVariable,
  limitBelowRequest,
  livenessProbe,
  memoryLimit,
  priority,
  readinessProbe,
  resourceRequests,
} from './availability/containers';
import { deprecatedApi, pruneProtected, removedApi } from './availability/delivery';
import { cronLimits, hookPolicy, jobCleanup, jobLimits, jobName, rolloutRestart } from './availability/jobs';
import {
  budgetBlocks,
  budgetMissing,
  budgetUnhealthy,
  scalerRange,
  scalerRequests,
  singleReplica,
  spread,
  updateStrategy,
} from './availability/replicas';

/** It stays up: while a node goes, while a version changes, and when a program hangs. */
export const availability: readonly Rule[] = [
  singleReplica,
  spread,
  updateStrategy,
  budgetMissing,
  budgetBlocks,
  budgetUnhealthy,
  scalerRange,
  scalerRequests,
  readinessProbe,
  livenessProbe,
  resourceRequests,
  memoryLimit,
  limitBelowRequest,
  duplicateVariable,
  duplicatePort,
  priority,
  jobLimits,
  jobCleanup,
  jobName,
  rolloutRestart,
  hookPolicy,
  cronLimits,
  pruneProtected,
  removedApi,
  deprecatedApi,
];
