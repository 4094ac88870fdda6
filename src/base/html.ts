/**
 * HTML as a tagged template that escapes what is put into it, so that a page cannot be written in
 * which it was forgotten. What is already HTML is a value of its own type and goes in as it is;
 * everything else is text, whatever it looks like. Attributes must stand in double quotes.
 */

/** A piece of HTML, made by `html` alone. */
export class Html {
  readonly #text: string;

  private constructor(text: string) {
    this.#text = text;
  }

  /** For `html`: the only way to make one. */
  static of(strings: TemplateStringsArray, values: readonly HtmlValue[]): Html {
    let text = strings[0] ?? '';
    for (const [at, value] of values.entries()) text += format(value) + (strings[at + 1] ?? '');
    return new Html(text);
  }

  toString(): string {
    return this.#text;
  }
}

/** Nothing stands for `undefined` and `false`; lists are put together without a separator. */
export type HtmlValue = Html | string | number | undefined | false | readonly HtmlValue[];

export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return Html.of(strings, values);
}

function format(value: HtmlValue): string {
  if (value === undefined || value === false) return '';
  if (value instanceof Html) return value.toString();
  if (typeof value === 'object') return value.map(format).join('');
  return escapeText(String(value));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
