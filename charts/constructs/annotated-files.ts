import * as kplus from 'cdk8s-plus-28';
import { systemOf } from './system';

/**
 * Files for the pods of a workload, whose text stands in annotations of their template. Unlike a ConfigMap they are part
 * of the revision: a changed file is a new revision, a pod of an old one starts with the old file, and no object is left
 * behind. All annotations of an object together may have 256 KiB.
 *
 * @param name of the volume, and the first part of the annotations' names
 * @param files name to text, not secret
 */
export function templateFiles(
  workload: kplus.Workload,
  name: string,
  files: Readonly<Record<string, string>>,
): kplus.Volume {
  const { domain } = systemOf(workload);
  const items = Object.entries(files).map(([path, text]) => {
    const key = `${name}.files.${domain}/${path}`;
    workload.podMetadata.addAnnotation(key, text);
    return { path, fieldRef: { fieldPath: `metadata.annotations['${key}']` } };
  });
  // cdk8s-plus-28 has no volume of the downward API.
  const volume = kplus.Volume.fromEmptyDir(workload, `${name}-files`, name);
  volume._toKube = () => ({ name, downwardApi: { items } });
  return volume;
}
