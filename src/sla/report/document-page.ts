/**
 * What all documents of the judge have in common as HTML: one page, no script, nothing loaded, the
 * digest of the JSON that it shows, and what it rests on.
 */
import { hash } from 'node:crypto';
import { type Html, html } from '#base/html.ts';
import type { Report, ReportEvidence } from './report.ts';

/** Of itself: in no attribute, so that a content policy can name its digest. */
const STYLE = `
body { font: 11pt/1.4 Georgia, serif; max-width: 60rem; margin: 0 auto; padding: 1rem; color: #111;
  background: #fff; }
h1, h2, h3 { line-height: 1.2; break-after: avoid; }
/* A wide table is scrolled by itself, with the keyboard too. */
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: start; font-style: italic; padding-block: .25rem; }
th, td { text-align: start; vertical-align: top; padding: .2rem .5rem; }
th, td { border-bottom: 1px solid #999; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
code { overflow-wrap: anywhere; font-size: 9pt; }
.breached { font-weight: bold; }
.preliminary { border: 2px solid #111; padding: .1rem .5rem; }
@page { margin: 15mm; }
@media print { body { max-width: none; padding: 0; } .wide { overflow: visible; }
  a { color: inherit; text-decoration: none; } }
`;

/** Of whoever serves the page. */
export const REPORT_CONTENT_POLICY =
  `default-src 'none'; style-src 'sha256-${hash('sha256', STYLE, 'base64')}'; ` +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export interface DocumentParts {
  title: string;
  head: Html;
  main: Html;
  id: string;
  /** SHA-256 of the JSON. */
  digest: string;
  contract: Report['contract'];
}

export function documentPage({ title, head, main, id, digest, contract }: DocumentParts): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
${STYLE_ELEMENT}
</head>
<body>
<header>
<h1>${title}</h1>
${head}
</header>
<main>
${main}
</main>
<footer>
<p>Report <code>${id}</code>, SHA-256 of its JSON <code>${digest}</code>. Contract version
${contract.version}, SHA-256 <code>${contract.sha256}</code>.</p>
</footer>
</body>
</html>
`;
  return page.toString();
}

const STYLE_ELEMENT = html`<style>${htmlOfStyle()}</style>`;

/** The style holds none of the characters that a template escapes. */
function htmlOfStyle(): string {
  if (/[&<>"']/.test(STYLE)) throw new Error('a style with characters that would be escaped');
  return STYLE;
}

/** Nothing for a first report. */
export function supersededPart(supersedes: Report['supersedes'], reason: string): Html {
  if (supersedes === null) return html``;
  return html`<p>Supersedes ${supersedes.id}${reason !== '' && html` (${reason})`}.</p>`;
}

export function evidencePart(evidence: ReportEvidence): Html {
  if (evidence.kind === 'measurements') {
    return html`<h2>Evidence</h2><p>${evidence.file}, SHA-256 <code>${evidence.sha256}</code></p>`;
  }
  return html`<h2>Evidence</h2>
<p>The ledger, last line <code>${evidence.head}</code>. Whoever has these files and the contract
computes the same figures with <code>holdfast sla score</code>.</p>
<div class="wide" tabindex="0"><table><thead><tr><th scope="col">Day</th><th scope="col">Lines</th>
<th scope="col">SHA-256</th></tr></thead><tbody>
${evidence.days.map(
  ({
    day,
    lines,
    sha256,
  }) => html`<tr><td>${day}</td><td>${lines}</td><td><code>${sha256}</code></td></tr>
`,
)}</tbody></table></div>`;
}

export function time(instant: string): Html {
  const shown = instant.replace('T', ' ').replace(/(?:\.\d+)?Z$/, ' UTC');
  return html`<time datetime="${instant}">${shown}</time>`;
}
