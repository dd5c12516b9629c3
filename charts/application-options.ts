/** Where a chart's live objects may differ from git, because a controller writes there: map keys, never list elements. */
export interface IgnoredDifference {
  readonly group?: string;
  readonly kind: string;
  readonly name: string;
  readonly jsonPointers: string[];
}

/** What a chart asks of its Argo CD Application beyond the usual. */
export interface ApplicationOptions {
  readonly ignored?: readonly IgnoredDifference[];
  /** A person syncs it, and nothing is put back or removed by itself. */
  readonly manual?: boolean;
  /** What Argo CD shows that person beside it: name and text. */
  readonly info?: Readonly<Record<string, string>>;
}
