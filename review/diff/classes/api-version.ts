import { groupOf, minorOf } from '../../model/identity';
import { removedIn } from '../../model/old-apis';
import customKinds from '../../schema/custom-kinds.json';
import type { Classify } from '../finding';
import type { CustomKind } from '../transitions';
import { risk } from './risk-words';

export const otherVersion: Classify = function* ({ before, after, status }, { kubernetes }) {
  if (!after || (status === 'changed' && before?.object.apiVersion === after.object.apiVersion)) return;
  const { apiVersion, kind } = after.object;
  const path = ['apiVersion'];
  const group = groupOf(apiVersion);
  const known = (customKinds as unknown as Record<string, CustomKind>)[`${group}/${kind}`];
  const [, version = apiVersion] = apiVersion.split('/');
  const state = known && (known.versions[version] ?? 'gone');
  const storage = Object.entries(known?.versions ?? {}).find(([, each]) => each === 'storage')?.[0];
  const given = { before: before?.object.apiVersion, after: apiVersion, kind, version, group, storage };
  const removed = removedIn(apiVersion, kind, minorOf(kubernetes));
  if (removed) yield risk('removed-api', path, { ...given, ...removed, kubernetes });
  else if (state && state !== 'storage')
    yield risk(state === 'gone' ? 'version-gone' : 'version-served', path, given);
  else if (before && status === 'changed') yield risk('other-version', path, given);
};
