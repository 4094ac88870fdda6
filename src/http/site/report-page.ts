/** The list of reports: what there is, what replaced what, and where to fetch it. */
import { type Html, html } from '#base/html.ts';
import type { ExpectedReport, ReportRow } from './report-ports.ts';
import { time } from './shown-values.ts';

export function reportPage(
  rows: readonly ReportRow[],
  expected: readonly ExpectedReport[],
): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Service level reports</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header>
<h1>Service level reports</h1>
<p><a href="/">This month so far</a>. Each report names the ledger's files that it was made of and
the report that it supersedes; nothing is ever changed.</p>
</header>
<main>
${rows.length === 0 ? html`<p>None yet: the first is made when a period is over.</p>` : table(rows)}
${expected.length > 0 && expectedPart(expected)}
</main>
<footer><p>The same as data: <a href="/api/holdfast/v1/sla/reports">reports</a>.</p></footer>
</body>
</html>
`;
  return page.toString();
}

function table(rows: readonly ReportRow[]): Html {
  return html`<div class="wide" tabindex="0"><table>
<caption>Newest period first</caption>
<thead><tr><th scope="col">Contract</th><th scope="col">Report</th><th scope="col">Status</th>
<th scope="col">Made</th><th scope="col">Breaches or disputes</th><th scope="col">Supersedes</th>
<th scope="col">Files</th></tr></thead>
<tbody>
${rows.map(reportRow)}</tbody></table></div>`;
}

function reportRow(row: ReportRow): Html {
  const { id, contract, kind, period, status, madeAt, finalBy, supersedes, breaches } = row;
  const files = (['html', 'csv', 'json', 'sha256'] as const).map(
    (format) => html`<a href="/reports/${id}.${format}">${format}</a> `,
  );
  return html`<tr><td>${contract}</td><th scope="row">${kind}, ${period}</th>
<td>${status}${finalBy !== null && html`, final by ${time(finalBy)}`}${
    row.isSuperseded && html`, superseded`
  }</td>
<td>${time(madeAt)}</td><td>${breaches}</td><td>${supersedes ?? ''}</td><td>${files}</td></tr>
`;
}

function expectedPart(expected: readonly ExpectedReport[]): Html {
  return html`<h2>Expected from the other side</h2>
<ul>${expected.map(
    ({ contract, month, paragraph, dueAt, isOverdue }) => html`<li>${contract}, ${month}: by
${time(dueAt)} (${paragraph})${isOverdue && html`, <strong>overdue</strong>`}</li>
`,
  )}</ul>`;
}
