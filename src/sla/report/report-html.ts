/**
 * A report as one HTML page that prints on paper as it stands and says in words what colours say.
 * `digest` is the SHA-256 of the report's JSON, the original that this shows.
 */
import { type Html, html } from '#base/html.ts';
import type { EmergencyScore, IncidentScore } from '#sla/score/score-json.ts';
import { subjectText } from './build-report.ts';
import type { JudgedClaim } from './credit-claims.ts';
import { documentPage, evidencePart, supersededPart, time } from './document-page.ts';
import type { Report, ReportFigure, ReportSection } from './report.ts';
import type { RestoredService } from './restoration.ts';
import { formatLimit, formatScoreFigure } from './score-figure.ts';
import type { TransactionReport } from './transactions.ts';

export function reportHtml(report: Report, digest: string): string {
  const { id, status, contract, period, madeAt, finalBy, supersedes, reason } = report;
  const { paragraph } = report;
  return documentPage({
    title: title(report),
    head: html`<p>${contract.title}${paragraph !== '' && html`, paragraph ${paragraph}`}.
From ${time(period.from)} to ${time(period.to)}. Made ${time(madeAt)}.</p>
<p>${
      status === 'preliminary'
        ? html`<strong class="preliminary">Preliminary</strong>${
            finalBy !== null && html` Final by ${time(finalBy)}.`
          }`
        : html`<strong>Final.</strong>`
    }${!contract.isContractual && html` <strong>Not contractual: a lab.</strong>`}</p>
${supersededPart(supersedes, reason)}`,
    main: html`${waiverPart(report)}
${report.sections.length > 1 && breachPart(report)}
${report.sections.map(sectionPart)}
${entryPart(report)}
${report.transactions !== null && transactionPart(report.transactions)}
${report.claims.length > 0 && claimPart(report.claims)}
${report.restoration.length > 0 && restorationPart(report.restoration)}
${evidencePart(report.evidence)}`,
    id,
    digest,
    contract,
  });
}

function title({ contract, kind, period }: Report): string {
  return `${contract.id}: ${kind} report, ${period.name}`;
}

function waiverPart({ waiver }: Report): Html | false {
  if (waiver === null || waiver.applies === 'none' || waiver.until === null) return false;
  const how = waiver.applies === 'whole' ? 'the whole period' : 'a part of the period';
  return html`<p><strong>Obligations are waived in ${how}</strong>, until ${time(waiver.until)}
(paragraph ${waiver.paragraph}).</p>`;
}

function breachPart({ breaches }: Report): Html {
  if (breaches.length === 0) return html`<h2>Breaches</h2><p>None.</p>`;
  return html`<h2>Breaches</h2>
<div class="wide" tabindex="0"><table>
<thead><tr><th scope="col">Month</th><th scope="col">Parameter</th><th scope="col">Of</th>
<th scope="col">Figure</th><th scope="col">Waived</th></tr></thead><tbody>
${breaches.map(
  ({ month, parameter, subject, figure, waived }) => html`<tr><td>${month}</td>
<th scope="row">${parameter}</th><td>${subject}</td><td>${figure}</td>
<td>${waived === 'none' ? 'no' : waived}</td></tr>
`,
)}</tbody></table></div>`;
}

function sectionPart(section: ReportSection): Html {
  const { name, from, to, asOf, isJudged, figures, emergency, incidents } = section;
  return html`<h2>${name}</h2>
<p>${time(from)} to ${time(to)}${asOf !== null && html`, as it was decided by ${time(asOf)}`}.
${!isJudged && html`Limits are monthly: a week has figures and no verdict.`}</p>
<div class="wide" tabindex="0"><table>
<caption>Figures of ${name}; what is not measured counts neither as up nor as down, and
availability is given from the worst to the best that it can have been</caption>
<thead><tr><th scope="col">Parameter</th><th scope="col">Of</th><th scope="col">Figure</th>
<th scope="col">Availability</th><th scope="col">Not counted</th><th scope="col">Limit</th>
<th scope="col">Verdict</th></tr></thead>
<tbody>
${figures.map((figure) => figureRow(figure, isJudged))}</tbody></table></div>
${emergency.length > 0 && html`<h3>Emergency thresholds, rolling week</h3>`}
${emergency.length > 0 && html`<ul>${emergency.map(emergencyItem)}</ul>`}
<h3>Incidents</h3>
${incidents.length === 0 ? html`<p>None.</p>` : html`<ul>${incidents.map(incidentItem)}</ul>`}
`;
}

function emergencyItem(score: EmergencyScore): Html {
  const { service, peakSeconds, thresholdSeconds, peakAt, crossings } = score;
  return html`<li>${service}: at most ${peakSeconds} s of ${thresholdSeconds} s${
    peakAt !== null && html`, with the cycle of ${time(peakAt)}`
  }${crossings.map(({ ratio, at }) => html`; ${ratio * 100} % reached with ${time(at)}`)}</li>
`;
}

function incidentItem(incident: IncidentScore): Html {
  const { service, nameserver, address, start, end, downSeconds, falsePositive } = incident;
  return html`<li>${service} ${nameserver} ${address}: ${time(start)} to
${end === null ? html`<strong>open</strong>` : time(end)}, ${downSeconds} s down${
    falsePositive && html`, agreed to be a false positive`
  }</li>
`;
}

function figureRow(figure: ReportFigure, isJudged: boolean): Html {
  const { parameter, verdict, availabilityPercent } = figure;
  const verdictText = verdict.replace('-', ' ');
  return html`<tr><th scope="row">${parameter}</th><td>${subjectText(figure)}</td>
<td>${formatScoreFigure(figure)}</td><td>${availabilityText(availabilityPercent)}</td>
<td>${notCounted(figure)}</td><td>${formatLimit(figure)}</td>
${isJudged ? html`<td class="${verdict}">${verdictText}</td>` : html`<td></td>`}</tr>
`;
}

function availabilityText(availability: ReportFigure['availabilityPercent']): string {
  if (availability === undefined) return '';
  const { min, max } = availability;
  return min === max ? `${min} %` : `${min} to ${max} %`;
}

function notCounted(figure: ReportFigure): string {
  if (!('downSeconds' in figure)) return '';
  const parts: [number, string][] = [
    [figure.excusedSeconds, 'excused'],
    [figure.falsePositiveSeconds, 'false positive'],
    [figure.discardedSeconds, 'discarded'],
    [figure.unmeasuredSeconds, 'not measured'],
    [figure.disputedSeconds, 'counted and disputed'],
  ];
  return parts
    .filter(([seconds]) => seconds > 0)
    .map(([seconds, what]) => `${seconds} s ${what}`)
    .join(', ');
}

function entryPart({ entries }: Report): Html {
  if (entries.length === 0) return html`<h2>Entries</h2><p>None.</p>`;
  return html`<h2>Entries</h2>
<div class="wide" tabindex="0"><table>
<thead><tr><th scope="col">Made</th><th scope="col">Kind</th><th scope="col">From</th>
<th scope="col">To</th><th scope="col">Services</th><th scope="col">Said</th></tr></thead><tbody>
${entries.map(
  ({
    at,
    kind,
    type,
    from,
    to,
    services,
    text,
  }) => html`<tr><td>${time(at)}</td><td>${kind}, ${type}</td>
<td>${time(from)}</td><td>${time(to)}</td><td>${services.join(', ')}</td><td>${text}</td></tr>
`,
)}</tbody></table></div>`;
}

function transactionPart(report: TransactionReport): Html {
  const { paragraph, isAvailable, transactions, previousTransactions, growthPercent } = report;
  if (!isAvailable) {
    return html`<h2>Transactions</h2><p>The ledger has no numbers of this month
(paragraph ${paragraph}).</p>`;
  }
  return html`<h2>Transactions</h2>
<p>${transactions} after ${previousTransactions} in the month before${
    growthPercent !== null && html` (${growthPercent} %)`
  }, paragraph ${paragraph}.</p>
<div class="wide" tabindex="0"><table>
<thead><tr><th scope="col">Registrar</th><th scope="col">Transactions</th>
<th scope="col">Month before</th><th scope="col">Forecast</th><th scope="col">Credits</th></tr>
</thead><tbody>
${report.registrars.map(
  (each) => html`<tr><th scope="row">${each.registrar}</th><td>${each.transactions}</td>
<td>${each.previousTransactions ?? 'not known'}</td>
<td>${each.forecast ?? (each.isForecastLate ? 'late' : 'none')}</td>
<td>${each.isEligibleForCredits ? 'eligible' : 'not eligible'}</td></tr>
`,
)}</tbody></table></div>`;
}

function claimPart(claims: readonly JudgedClaim[]): Html {
  return html`<h2>Claims for credits</h2>
<div class="wide" tabindex="0"><table>
<caption>One type of credit for each event: the first claim stands</caption>
<thead><tr><th scope="col">Made</th><th scope="col">Registrar</th><th scope="col">For</th>
<th scope="col">From</th><th scope="col">To</th><th scope="col">Verdict</th></tr></thead><tbody>
${claims.map(
  ({ at, registrar, parameter, from, to, stands, paragraph, reason }) => html`<tr>
<td>${time(at)}</td><th scope="row">${registrar}</th><td>${parameter}</td><td>${time(from)}</td>
<td>${time(to)}</td>
<td>${stands ? 'stands' : html`refused (${paragraph}): ${reason}`}</td></tr>
`,
)}</tbody></table></div>`;
}

function restorationPart(services: readonly RestoredService[]): Html {
  return html`<h2>Restoration</h2>
<div class="wide" tabindex="0"><table>
<thead><tr><th scope="col">Event</th><th scope="col">Service</th><th scope="col">From</th>
<th scope="col">Restored</th><th scope="col">Asked for by</th><th scope="col">Verdict</th></tr>
</thead><tbody>
${services.map(
  ({ type, service, from, restoredAt, dueAt, verdict, paragraph }) => html`<tr><td>${type}</td>
<th scope="row">${service}</th><td>${time(from)}</td>
<td>${restoredAt === null ? 'not yet' : time(restoredAt)}</td>
<td>${time(dueAt)} (${paragraph})</td><td>${verdict.replace('-', ' ')}</td></tr>
`,
)}</tbody></table></div>`;
}
