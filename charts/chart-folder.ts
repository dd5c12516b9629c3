import type { App } from 'cdk8s';

/** A folder of the repository and the app whose charts are its subfolders. */
export interface ChartFolder {
  readonly folder: string;
  /** The name of the folder under `dist/`, which the AppProject has too. */
  readonly environment?: string;
  /** A preview: its charts are one Application, of the AppProject that all of them share. */
  readonly preview?: boolean;
  readonly app: App;
}
