import type { Level } from '../rule';
import { html, Markup } from './markup';
import css from './style.json';

/** The page's only style. System fonts and no address, so that the file is whole by itself. */
const style = `\n${css.join('\n')}\n`;

/** One part of the page, which the navigation names. */
export interface Section {
  /** Its address in the page: `nodes`. */
  readonly id: string;
  readonly title: string;
  readonly body: Markup;
}

interface Page {
  /** What the page comes to, in one sentence. */
  readonly title: string;
  readonly level: Level | 'none';
  readonly head: Markup;
  readonly sections: readonly Section[];
  readonly foot: string;
}

/**
 * The whole file. It asks nobody for anything and runs no script, and the policy in it makes a browser hold it to that,
 * whatever a manifest puts into a name.
 */
export function shell({ title, level, head, sections, foot }: Page): string {
  const body = html`<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new Markup(style)}</style>
</head>
<body>
<a class="skip" href="#main">To the content</a>
<header>
<h1 class="${level}">${title}</h1>
${head}
<nav aria-label="Sections"><ul>${sections.map(({ id, title: name }) => html`<li><a href="#${id}">${name}</a></li>`)}</ul></nav>
</header>
<main id="main" tabindex="-1">
${sections.map(
  (section) => html`<section id="${section.id}" aria-labelledby="${section.id}-title">
<h2 id="${section.id}-title">${section.title}</h2>
${section.body}
</section>
`,
)}</main>
<footer><p>${foot}</p></footer>
</body>
</html>
`;
  return `<!doctype html>\n${body.text}`;
}
