import * as v from 'valibot';
import { dnsLabelText, dnsName, textForm } from './units';

/** What a system is called, wherever something of it bears its name. */
export const system = v.strictObject({
  /** In labels, and the repository of its image. */
  name: dnsLabelText,
  /** What names in AWS begin with: roles, entries of Secrets Manager, buckets, the database, alarms. */
  prefix: dnsLabelText,
  /** In Markdown, in a mail's sender and in descriptions at AWS. */
  title: textForm(
    /^[A-Za-z0-9][A-Za-z0-9 -]{0,39}$/,
    'is not a valid title; use at most 40 letters, digits, blanks and hyphens',
  ),
  /** The domain of its own annotations. */
  domain: dnsName,
});

export type SystemNames = v.InferOutput<typeof system>;
