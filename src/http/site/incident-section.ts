/**
 * The part of the sidecar's page that people in trouble read: how near each emergency threshold is,
 * when minutes leave the week, what was escalated, whether backups are lacking, what superseded
 * which figure, and who was told.
 */
import { type Html, html } from '#base/html.ts';
import type {
  BackupRow,
  CorrectionRow,
  IncidentRow,
  IncidentsStatus,
  MessageRow,
  ShareRow,
} from './incident-ports.ts';
import { duration, time } from './shown-values.ts';

const INCIDENTS_SHOWN_MAX = 50;
const MESSAGES_SHOWN_MAX = 20;

const STATES: Readonly<Record<IncidentRow['state'], string>> = {
  open: 'still open',
  resolved: 'over',
  'false-positive': 'agreed to have been none',
};
const MESSAGE_STATES: Readonly<Record<MessageRow['state'], string>> = {
  waiting: 'waits',
  delivered: 'delivered',
  dead: 'given up',
};

export function incidentSection(status: IncidentsStatus): Html {
  const { incidents, shares, backups, corrections, messages } = status;
  return html`<section aria-labelledby="incidents">
<h2 id="incidents">Incidents and escalations</h2>
${shareTable(shares)}
${backups.map(backupLine)}
${incidentTable(incidents)}
${corrections.length > 0 && correctionList(corrections)}
${messages.length > 0 && messageTable(messages)}
</section>
`;
}

function shareTable(shares: readonly ShareRow[]): Html {
  if (shares.length === 0) return html`<p>No contract here has an emergency threshold.</p>`;
  return html`<div class="wide" tabindex="0"><table>
<caption>Down time of the rolling week, against the emergency thresholds</caption>
<thead><tr><th scope="col">Contract</th><th scope="col">Service</th><th scope="col">Down</th>
<th scope="col">Threshold</th><th scope="col">Share</th><th scope="col">Escalation</th>
<th scope="col">Oldest minutes leave the week</th>
<th scope="col">Below the lowest level</th></tr></thead>
<tbody>
${shares.map(shareRow)}
</tbody>
</table></div>
`;
}

function shareRow(share: ShareRow): Html {
  const { contract, service, downSeconds, thresholdSeconds, percent, fallsOut } = share;
  const [lowest] = share.belowAt;
  const until = share.suspendedUntil;
  return html`<tr><th scope="row">${contract}</th><td>${service}</td>
<td>${duration(downSeconds)}</td><td>${duration(thresholdSeconds)}</td>
<td class="${percent > 0 ? 'breached' : ''}">${(share.ratio * 100).toFixed(2)} %</td>
<td>${share.escalation}${until !== null && html`, until ${time(until)}`}</td>
<td>${
    fallsOut === null
      ? 'none'
      : html`${duration(fallsOut.seconds)}, ${time(fallsOut.from)} to ${time(fallsOut.to)}`
  }</td>
<td>${lowest === undefined ? 'is' : html`at ${time(lowest.at)}, if nothing is added`}</td></tr>
`;
}

function backupLine({ contract, locationsMin, good, lackingSince }: BackupRow): Html {
  const names = good.length === 0 ? 'none' : good.join(', ');
  const found = html`Backups under ${contract}: ${good.length} of ${locationsMin} locations hold a
good one of the last 8 hours (${names})`;
  if (lackingSince === null)
    return html`<p>${found}.</p>
`;
  return html`<p class="breached">${found}: too few since ${time(lackingSince)}.</p>
`;
}

function incidentTable(incidents: readonly IncidentRow[]): Html {
  if (incidents.length === 0) return html`<p>No incident this month or the last.</p>`;
  const shown = incidents.slice(0, INCIDENTS_SHOWN_MAX);
  return html`<div class="wide" tabindex="0"><table>
<caption>Incidents of this month and the last, newest first</caption>
<thead><tr><th scope="col">Contract</th><th scope="col">Subject</th><th scope="col">From</th>
<th scope="col">To</th><th scope="col">Down</th><th scope="col">State</th></tr></thead>
<tbody>
${shown.map(
  ({ contract, subject, start, end, downSeconds, state }) => html`<tr>
<th scope="row">${contract}</th><td>${subject}</td><td>${time(start)}</td>
<td>${end === null ? '' : time(end)}</td><td>${duration(downSeconds)}</td>
<td class="${state === 'open' ? 'breached' : ''}">${STATES[state]}</td></tr>
`,
)}
</tbody>
</table></div>
${
  incidents.length > shown.length &&
  html`<p>${incidents.length - shown.length} older ones:
<a href="/api/holdfast/v1/incidents">all as data</a>.</p>`
}
`;
}

function correctionList(corrections: readonly CorrectionRow[]): Html {
  return html`<h3>Superseded figures</h3>
<ul>
${corrections.map(
  ({ contract, title, reason, agreedBy, changes }) => html`<li>${contract}: ${title}, ${reason}
(${agreedBy === '' ? 'not agreed: the minutes stand' : `agreed by ${agreedBy}`})${
    changes.length === 0
      ? ': no figure changed'
      : html`<ul>${changes.map(
          ({ month, parameter, subject, before, after }) => html`<li>${month} ${parameter}
${subject}: ${duration(before.downSeconds)} down, ${before.verdict}, is superseded by
${duration(after.downSeconds)}, ${after.verdict}</li>
`,
        )}</ul>`
  }</li>
`,
)}
</ul>
`;
}

function messageTable(messages: readonly MessageRow[]): Html {
  return html`<div class="wide" tabindex="0"><table>
<caption>Messages, those that wait first, then the newest</caption>
<thead><tr><th scope="col">Made</th><th scope="col">To</th><th scope="col">Says</th>
<th scope="col">State</th><th scope="col">Tries</th><th scope="col">Evidence</th></tr></thead>
<tbody>
${messages.slice(0, MESSAGES_SHOWN_MAX).map(
  ({ at, contact, summary, state, attempts, detail, evidence }) => html`<tr><td>${time(at)}</td>
<td>${contact}</td><td>${summary}</td>
<td class="${state === 'dead' ? 'breached' : ''}">${MESSAGE_STATES[state]}${
    detail !== '' && `: ${detail}`
  }</td>
<td>${attempts}</td><td>${evidence.map(
    (file) => html`<a href="/api/holdfast/v1/evidence/${file}">${file}</a> `,
  )}</td></tr>
`,
)}
</tbody>
</table></div>
`;
}
