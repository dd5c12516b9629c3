/** One line of the settings that a person would change. */
export interface SettingEdit {
  /** `cluster`, or the name of an environment: which file of `charts/environments/` has it. */
  readonly of: string;
  /** `nodeGroups.app.max` */
  readonly path: string;
  /** What it becomes; undefined takes the field away. */
  readonly to: unknown;
}

/** The settings as their files have them, before they are checked. */
export interface Raw {
  readonly cluster: Record<string, any>;
  readonly environments: readonly Record<string, any>[];
}

/** The settings with the edits made; what was given stays as it is. */
export function edited(settings: Raw, edits: readonly SettingEdit[]): Raw {
  const copy = structuredClone(settings) as Raw;
  for (const { of, path, to } of edits) {
    const keys = path.split('.');
    const last = keys.pop() as string;
    const parent = keys.reduce((at, key) => at?.[key], fileOf(copy, of));
    if (!parent) throw new Error(`charts/environments/${of}.ts: has no ${path}`);
    if (to === undefined) delete parent[last];
    else parent[last] = to;
  }
  return copy;
}

/** What stands at the path now. */
export function valueAt(settings: Raw, of: string, path: string): any {
  return path.split('.').reduce((at: any, key) => at?.[key], fileOf(settings, of));
}

/** As a person would do it: `cluster.ts: nodeGroups.app.max 6 → 5`. */
export function sayEdit(settings: Raw, { of, path, to }: SettingEdit): string {
  const before = valueAt(settings, of, path);
  const words = (value: unknown) => (typeof value === 'object' ? JSON.stringify(value) : String(value));
  if (to === undefined) return `${of}.ts: remove ${path}`;
  return before === undefined
    ? `${of}.ts: add ${path}: ${words(to)}`
    : `${of}.ts: ${path} ${words(before)} → ${words(to)}`;
}

function fileOf({ cluster, environments }: Raw, of: string): any {
  return of === 'cluster' ? cluster : environments.find(({ name }) => name === of);
}
