import * as v from 'valibot';
import { parseImage } from './image';
import { cidr, count, dnsLabelText, dnsName, duration, moment, quota, repositoryName } from './units';

/** What a pull request of the app has for itself while it is open (docs/decisions/0030-a-preview-is-a-file-in-git.md). */
export const previewSettings = v.strictObject({
  /** Its host is `pr-<number>` below this; the cluster stack has a wildcard certificate for it. */
  domain: dnsName,
  /** The environment whose settings it has, but for what is here and what only an environment that stays needs. */
  like: dnsLabelText,
  /** Open at once. The node groups hold so many, and the next one is refused. */
  most: count(1, 20),
  /** From the last push of an image until the sweep closes it. */
  timeToLive: duration,
  /** A name of the cluster's priority classes, below that of `like`. */
  priority: dnsLabelText,
  /**
   * Who reaches it; others are told that there is nothing. Three at most: a condition of a load balancer's rule takes three
   * values ("Quotas for your Application Load Balancers" of AWS' guide).
   */
  visitors: v.pipe(v.array(cidr), v.minLength(1), v.maxLength(3)),
  quota,
  /**
   * The name in `aws.repositories` to which pull requests push what they build. Nothing else is in it, and only a preview runs
   * what is.
   */
  repository: repositoryName,
});
export type PreviewSettings = v.InferOutput<typeof previewSettings>;

/** What `charts/environments/previews/<number>.json` holds. */
export const previewFile = v.strictObject({
  /** That of all apps, by tag and digest. */
  image: v.pipe(
    v.string(),
    v.check(isImage, ({ input }) => mistakeInImage(input)),
  ),
  /** When it was opened, and when it was last given an image: its time to live begins anew. */
  opened: moment,
  pushed: moment,
});
export type PreviewFile = v.InferOutput<typeof previewFile>;

export const previewFolder = 'charts/environments/previews';
/** Begins the name of each, which is also its folder in `dist/` and its namespace. */
export const previewPrefix = 'preview-';
/** The IngressClass of previews. */
export const previewClass = 'alb-preview';

/** Pull requests of GitHub, from 1; what a label and a host have room for. */
export const previewNumber = /^[1-9]\d{0,6}$/;

function isImage(reference: string): boolean {
  return mistakeInImage(reference) === '';
}

function mistakeInImage(reference: string): string {
  try {
    parseImage(reference);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}
