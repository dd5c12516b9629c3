import { discreet } from '../../charts/environments/secret-texts';
import { visible } from '../../charts/environments/visible';

/** HTML that is safe to put into a page as it is. */
export class Markup {
  constructor(readonly text: string) {}
}

/** What a template takes: all but markup is escaped, and what is absent leaves nothing. */
type Part = Markup | string | number | false | undefined | readonly Part[];

/** HTML or SVG with values in it; names and messages of manifests may hold anything. */
export function html(texts: TemplateStringsArray, ...parts: Part[]): Markup {
  return new Markup(texts.reduce((all, text, i) => all + textOf(parts[i - 1]) + text));
}

function textOf(part: Part): string {
  if (part === undefined || part === false) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'object') return part.map(textOf).join('');
  return visible(discreet(String(part))).replaceAll(/[&<>"'\n]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** What merging goes from and to; of `check` there is only one. */
export interface Both<Of> {
  readonly before?: Of;
  readonly after: Of;
}
