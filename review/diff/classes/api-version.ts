import { groupOf, minorOf } from '../../model/identity';
import { removedIn } from '../../model/old-apis';
import customKinds from '../../schema/custom-kinds.json';
import type { Classify } from '../finding';
import type { CustomKind } from '../transitions';
import { riskWords } from './risk-words';

export const apiVersion: Classify = function* ({ before, after, status }, { kubernetes }) {
  if (!after || (status === 'changed' && before?.object.apiVersion === after.object.apiVersion)) return;
  const { apiVersion, kind } = after.object;
  const draft = {
    path: ['apiVersion'],
    before: before?.object.apiVersion,
    after: apiVersion,
  } as const;
  const removed = removedIn(apiVersion, kind, minorOf(kubernetes));
  if (removed) {
    yield {
      ...draft,
      level: 'high',
      says: `${apiVersion} ${kind} is not there since Kubernetes 1.${removed.since}; this cluster is ${kubernetes}`,
      why: 'The API server does not know it: the sync fails.',
      fix: `use ${removed.instead}`,
    };
    return;
  }
  const known = (customKinds as unknown as Record<string, CustomKind>)[
    `${groupOf(after.object.apiVersion)}/${kind}`
  ];
  const [, version = apiVersion] = apiVersion.split('/');
  const state = known && (known.versions[version] ?? 'gone');
  if (state && state !== 'storage') {
    const storage = Object.entries(known.versions).find(([, each]) => each === 'storage')?.[0];
    yield {
      ...draft,
      level: 'high',
      says:
        state === 'gone'
          ? `the definition serves no ${version} of ${kind}`
          : `${version} of ${kind} is served and no longer what is stored`,
      why: state === 'gone' ? 'The sync fails.' : 'Versions that are only served are the next to go.',
      fix: `use ${groupOf(after.object.apiVersion)}/${storage}`,
    };
  } else if (before && status === 'changed')
    yield {
      ...draft,
      ...riskWords['other-version'],
      says: `the same object in another version of its API, ${before.object.apiVersion} → ${apiVersion}`,
    };
};
