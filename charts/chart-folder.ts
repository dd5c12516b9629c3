import type { ApiObject, App } from 'cdk8s';

/**
 * A rule of the house for every object of an app: changes the finished object in place. A mixin of `constructs` would have
 * to render each object to look at it, and all of them are rendered once anyway.
 *
 * @param object as `made` renders it
 */
export type Policy = (object: ReturnType<ApiObject['toJson']>, made: ApiObject) => void;

/** A folder of the repository and the app whose charts are its subfolders. */
export interface ChartFolder {
  readonly folder: string;
  /** The name of the folder under `dist/`, which the AppProject has too. */
  readonly environment?: string;
  /** A preview: its charts are one Application, of the AppProject that all of them share. */
  readonly preview?: boolean;
  readonly app: App;
  /** Applied in this order. */
  readonly policies?: readonly Policy[];
}
