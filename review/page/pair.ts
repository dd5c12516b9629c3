import { html, type Markup } from './markup';

/** What merging goes from and to; of `check` there is only one. */
export interface Both<Of> {
  readonly before?: Of;
  readonly after: Of;
}

/** Both states beside each other, or one where they look the same. */
export function pair(before: Markup | undefined, after: Markup, comparing: boolean): Markup {
  if (!comparing) return html`<div class="pair">${after}</div>`;
  if (before?.text === after.text)
    return html`<p class="soft">The same before and after.</p><div class="pair">${after}</div>`;
  return html`<div class="pair two"><div><h3>Before</h3>${before ?? html`<p class="soft">Not there.</p>`}</div><div><h3>After</h3>${after}</div></div>`;
}

export function both<Of, To>({ before, after }: Both<Of>, make: (of: Of) => To): Both<To> {
  return { ...(before !== undefined && { before: make(before) }), after: make(after) };
}
