import type { App, AppName } from '../charts/images';
import { promotedOf } from '../systems/system';
import { chosen } from './system';

/** What charts/images.ts knows, with the apps of the chosen system and the places of its files. */
export async function promoted() {
  const [images, basis] = await Promise.all([import('../charts/images'), chosen().basis()]);
  const apps: Readonly<Record<string, App>> = basis.apps ?? images.apps;
  const of = promotedOf(chosen());
  return {
    ...images,
    apps: apps as Readonly<Record<AppName, App>>,
    appNames: Object.keys(apps) as AppName[],
    imageFile: (environment: string, app: string) => images.imageFile(environment, app, of),
    stableFile: (environment: string, app: string) => images.stableFile(environment, app, of),
    schemaFile: (environment: string) => images.schemaFile(environment, of),
  };
}
