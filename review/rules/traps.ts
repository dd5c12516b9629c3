import type { Rule } from '../rule';
import { alertThreshold } from './traps/alerts';
import { ignoredFields, ignoredListElements, postSyncHook, rolloutWave } from './traps/argo';
import {
  analysisWithoutData,
  canaryPause,
  inlineAnalysisCount,
  pingPong,
  stableReplaced,
  stableScale,
} from './traps/canary';
import { albTargetType, drainOrder, preStopGrace, readinessGate, sidekiqTimeout } from './traps/drain';
import { configRestart, hostPathRefused, migrationThroughPool } from './traps/pods';
import { scalerAndReplicas, twoWriters } from './traps/writers';

/** What each part of this stack takes without a word, and what goes wrong later between two of them. */
export const traps: readonly Rule[] = [
  pingPong,
  stableReplaced,
  stableScale,
  canaryPause,
  inlineAnalysisCount,
  analysisWithoutData,
  alertThreshold,
  twoWriters,
  scalerAndReplicas,
  drainOrder,
  preStopGrace,
  sidekiqTimeout,
  albTargetType,
  readinessGate,
  ignoredFields,
  ignoredListElements,
  postSyncHook,
  rolloutWave,
  hostPathRefused,
  migrationThroughPool,
  configRestart,
];
