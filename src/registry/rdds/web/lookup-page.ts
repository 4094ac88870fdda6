/** The page that people look names up on: a form, and the fields that WHOIS has. No script. */
import { type Html, html } from '#base/html.ts';
import { shownInstant } from '../shown-instant.ts';
import { type WhoisObject, whoisFields } from '../whois/whois-fields.ts';

/** What the page says about a query. */
export interface LookupResult {
  /** As it was typed. */
  query: string;
  /** Why there is no answer. */
  problem?: string;
  objects: readonly WhoisObject[];
  /** 0: not known. */
  asOfMs: number;
}

/** @param result absent: nothing was asked yet */
export function lookupPage(result?: LookupResult): string {
  const title = result === undefined ? 'Look up a name' : `${result.query} - look up a name`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header>
<h1>Look up a name</h1>
</header>
<main>
<form action="/whois" method="get" role="search">
<p><label for="query">Domain, name server or registrar</label></p>
<p><input id="query" name="query" type="text" value="${result?.query ?? ''}" required
maxlength="300" autocapitalize="none" autocomplete="off" spellcheck="false">
<button type="submit">Look up</button></p>
<p>Such as <code>example.tld</code>, <code>nameserver ns1.example.tld</code>,
<code>registrar 9999</code>.</p>
</form>
${result !== undefined && resultPart(result)}
</main>
<footer><p>The same for programs: WHOIS, and <a href="/rdap/help">RDAP</a>.</p></footer>
</body>
</html>
`;
  return page.toString();
}

function resultPart({ query, problem, objects, asOfMs }: LookupResult): Html {
  const heading = html`<h2 id="result">${query}</h2>`;
  if (problem !== undefined) return html`${heading}<p role="alert">${problem}</p>`;
  const parts =
    objects.length === 0
      ? html`<p>There is no such object in this registry.</p>`
      : html`${objects.map(objectTable)}`;
  return html`${heading}
${parts}
<p>As of <time datetime="${shownInstant(asOfMs)}">${shownInstant(asOfMs)}</time>.</p>`;
}

function objectTable(object: WhoisObject): Html {
  const rows = whoisFields(object).map(
    ([label, value]) => html`<tr><th scope="row">${label}</th><td>${value}</td></tr>
`,
  );
  return html`<div class="wide"><table aria-labelledby="result">
<tbody>
${rows}</tbody></table></div>
`;
}
