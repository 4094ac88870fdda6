/** A comparison as CSV (a row for each dispute) and as an HTML page that prints. */
import { html } from '#base/html.ts';
import type { Comparison, Dispute } from './comparison.ts';
import { formatCsv } from './csv.ts';
import { documentPage, evidencePart, supersededPart, time } from './document-page.ts';
import { subjectText } from './explanation-text.ts';

const CSV_HEAD = [
  'report',
  'service',
  'nameserver',
  'address',
  'from',
  'to',
  'seconds',
  'cycles',
  'theirs',
  'ours',
  'responses',
];

export function comparisonCsv({ id, disputes }: Comparison): string {
  const rows = disputes.map((dispute) => {
    const { service, nameserver, address, from, to, seconds, cycles, theirs, ours } = dispute;
    const said = dispute.responses.join('; ');
    return [id, service, nameserver, address, from, to, seconds, cycles, theirs, ours, said];
  });
  return formatCsv([CSV_HEAD, ...rows]);
}

/** `digest` is the SHA-256 of the comparison's JSON. */
export function comparisonHtml(comparison: Comparison, digest: string): string {
  const { id, contract, period, madeAt, paragraph, theirs, supersedes, reason } = comparison;
  const { subjects, disputes } = comparison;
  return documentPage({
    title: `${contract.id}: the other side's report, ${period.name}`,
    head: html`<p>${contract.title}${paragraph !== '' && html`, paragraph ${paragraph}`}. Made
${time(madeAt)}. Their report ${theirs.file}, SHA-256 <code>${theirs.sha256}</code>, came
${time(theirs.receivedAt)}${theirs.isLate && html`, <strong>late</strong>`}; it was expected by
${time(theirs.dueAt)}.</p>
${supersededPart(supersedes, reason)}`,
    main: html`<h2>Compared</h2>
<div class="wide" tabindex="0"><table>
<caption>Seconds of the cycles that both sides speak of; what they do not report is not
compared</caption>
<thead><tr><th scope="col">Of</th><th scope="col">Compared</th><th scope="col">Not reported</th>
<th scope="col">Down by them</th><th scope="col">Down by us</th><th scope="col">Disputed</th></tr>
</thead><tbody>
${subjects.map(
  (subject) => html`<tr><th scope="row">${subjectText(subject)}</th>
<td>${subject.comparedSeconds}</td><td>${subject.unreportedSeconds}</td>
<td>${subject.theirDownSeconds}</td><td>${subject.ourDownSeconds}</td>
<td>${subject.disputedSeconds}</td></tr>
`,
)}</tbody></table></div>
${subjects.length === 0 && html`<p>Their report speaks of nothing that this contract judges.</p>`}
<h2>Disputes</h2>
${
  disputes.length === 0
    ? html`<p>None: the two agree in every cycle.</p>`
    : html`<div class="wide" tabindex="0"><table>
<thead><tr><th scope="col">Of</th><th scope="col">From</th><th scope="col">To</th>
<th scope="col">Cycles</th><th scope="col">They say</th><th scope="col">We say</th>
<th scope="col">Our response</th></tr></thead><tbody>
${disputes.map(disputeRow)}</tbody></table></div>`
}
${evidencePart(comparison.evidence)}`,
    id,
    digest,
    contract,
  });
}

function disputeRow(dispute: Dispute): ReturnType<typeof html> {
  const { from, to, cycles, theirs, ours, responses } = dispute;
  return html`<tr><th scope="row">${subjectText(dispute)}</th><td>${time(from)}</td>
<td>${time(to)}</td><td>${cycles}</td><td>${theirs}</td><td>${ours.replace('-', ' ')}</td>
<td>${responses.length === 0 ? 'none yet' : responses.map((text) => html`<p>${text}</p>`)}</td></tr>
`;
}
