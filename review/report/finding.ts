import type { Level } from '../rule';

/** What a change puts at risk, the gravest first, with the words for a reader, who meets them in this order. */
export const titles = {
  'data-loss': 'loses data',
  immutable: 'cannot apply',
  fit: 'does not fit',
  rule: 'breaks a rule',
  replace: 'delete and create',
  'cut-off': 'cuts off traffic',
  exposes: 'opens a door',
  guard: 'loosens a guard',
  privilege: 'more rights',
  availability: 'availability',
  'api-version': 'API version',
  crd: 'resource definition',
  frozen: 'during a freeze',
  unjudged: 'not judged',
  restart: 'restarts pods',
  'stale-config': 'not live until restart',
  migration: 'runs at the sync',
  'secret-ref': 'secret reference',
  argo: 'Argo CD',
  image: 'image',
  capacity: 'capacity',
  scheduling: 'scheduling',
  config: 'configuration',
  removed: 'removed',
  new: 'new',
} as const;
export type Class = keyof typeof titles;
export const classes = Object.keys(titles) as readonly Class[];

/** One thing to say of an object or a file: what a change does, or what does not hold. */
export interface Finding {
  /** Without the environment: what findings of several have in common. */
  readonly id: string;
  readonly class: Class;
  readonly level: Level;
  /** The words of the class for a reader. */
  readonly title: string;
  readonly environments: readonly string[];
  /** Absent for a file that holds none. */
  readonly object?: { readonly apiVersion: string; readonly kind: string; readonly name: string };
  /** `spec.template.spec.containers[web].image`; empty for the object as a whole. */
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
  readonly says: string;
  readonly why: string;
  readonly fix: string;
  /** The id of the rule of `check` that does not hold, and its page. */
  readonly rule?: string;
  readonly docs?: string;
  /** Whether it was there at the merge-base, where that was asked. */
  readonly status?: 'new' | 'known';
  /** Pods that start anew because of it. */
  readonly restarts?: Restart;
  /** The files of those who still use what goes. */
  readonly users?: readonly string[];
  readonly instances: readonly Instance[];
}

/** How pods come to be new ones. */
export interface Restart {
  /** `web`: the chart of the workload, as a reader calls it. */
  readonly app: string;
  /** `image 1.8.2 → 1.9.0`. */
  readonly why: string;
  /** `restarts pod by pod`. */
  readonly how: string;
  /** At least so long; 0 where nothing tells. */
  readonly seconds: number;
}

/** The finding in one environment. */
export interface Instance {
  /** What `.changes/ack.yaml` names. */
  readonly id: string;
  readonly environment: string;
  readonly namespace?: string;
  readonly source: Source;
}

/** Where it comes from: the manifest, and the chart that makes it. */
export interface Source {
  readonly file: string;
  /** The line of the field, counted from 1; absent for what is removed. */
  readonly line?: number;
  readonly column?: number;
  readonly chart: string;
}

/** `a, b, c and 4 more`. */
export function few(names: readonly string[]): string {
  const more = names.length > 4 ? ` and ${names.length - 3} more` : '';
  return `${names.slice(0, more ? 3 : 4).join(', ')}${more}`;
}

/** `production, staging Deployment/web`, with the namespace where the environment has several; files by their names. */
export function whereOf({ environments, object, instances }: Finding): string {
  if (!object) return few([...new Set(instances.map(({ source }) => source.file))]);
  const others = instances.filter(({ environment, namespace }) => namespace !== environment);
  const namespaces = [...new Set(others.map(({ namespace }) => namespace))].filter(Boolean).join(',');
  return `${environments.join(', ')} ${[object.kind, namespaces, object.name].filter(Boolean).join('/')}`;
}

/** `dist/production/web/Rollout.web.yaml:17:3`, as far as it is known. */
export function placeIn({ file, line, column }: Source): string {
  return [file, line, column].filter((each) => each !== undefined).join(':');
}

/** What it is called: the class of risk, or the rule that does not hold. */
export function headingOf({ class: of, rule, title }: Finding): string {
  return (isRule(of) && rule) || title;
}

/** The field that the sentence needs before it: a rule's begins with none. */
export function fieldOf({ class: of, path, says }: Finding): string {
  return isRule(of) && !says.startsWith(path) ? path : '';
}

/** The whole sentence. */
export function saidOf(finding: Finding): string {
  return [fieldOf(finding), finding.says].filter(Boolean).join(' ');
}

function isRule(of: Class): boolean {
  return of === 'rule' || of === 'fit';
}
