/**
 * The sidecar's page: this month's figures under each contract with how much of it is measured,
 * what probes saw last, open and past incidents. Works without JavaScript; says in words what
 * colours say.
 */
import { type Html, html } from '#base/html.ts';
import { incidentSection } from './incident-section.ts';
import { duration, time } from './shown-values.ts';
import type {
  ContractStatus,
  DisagreementStatus,
  ParameterStatus,
  SiteStatus,
  TestStatus,
  UpdateStatus,
  VerdictName,
} from './site-ports.ts';

const VERDICTS: Readonly<Record<VerdictName, string>> = {
  met: 'met',
  breached: 'breached',
  undetermined: 'not determined yet',
  'not-measured': 'not measured',
};

export function statusPage(status: SiteStatus): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Service level</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header>
<h1>Service level</h1>
<p>Holdfast measures itself as its contract says. As of ${time(status.now)};
<a href="/">what it is now</a>.
<a href="/reports">Reports</a> of past weeks and months.</p>
</header>
<main>
${status.contracts.map(contractSection)}
${incidentSection(status.incidents)}
${testSection(status.tests)}
${updateSection(status.updates)}
${disagreementSection(status.disagreements)}
${probeSection(status)}
</main>
<footer>
<p>The same as data: <a href="/api/holdfast/v1/sla">score</a>, <a href="/metrics">metrics</a>.
Whoever has the ledger and the contract computes the same figures with
<code>holdfast sla score</code>.</p>
</footer>
</body>
</html>
`;
  return page.toString();
}

function contractSection(contract: ContractStatus): Html {
  const { id, title, isContractual, month, asOf, parameters, incidents } = contract;
  const label = isContractual
    ? html`<span class="label">contractual</span>`
    : html`<span class="label lab">not contractual — lab</span>`;
  return html`<section aria-labelledby="contract-${id}">
<h2 id="contract-${id}">${id}, ${month} ${label}</h2>
<p>${title}. As it was decided by ${time(asOf)}:
<strong>${duration(contract.measuredSeconds)} measured</strong>,
${duration(contract.unmeasuredSeconds)} of the month so far not measured.
What is not measured counts neither as up nor as down.</p>
<div class="wide" tabindex="0">
<table>
<caption>Parameters of ${id}</caption>
<thead><tr><th scope="col">Parameter</th><th scope="col">Of</th><th scope="col">Figure</th>
<th scope="col">Limit</th><th scope="col">Verdict</th><th scope="col">Provisional</th></tr></thead>
<tbody>
${parameters.map(parameterRow)}
</tbody>
</table>
</div>
<h3>Incidents</h3>
${
  incidents.length === 0
    ? html`<p>None this month.</p>`
    : html`<ul>${incidents.map(
        ({ subject, start, end, downSeconds }) => html`<li>${subject}: from ${time(start)} ${
          end === '' ? html`<strong>and still open</strong>` : html`to ${time(end)}`
        }, ${duration(downSeconds)} down</li>
`,
      )}</ul>`
}
</section>
`;
}

function parameterRow({
  name,
  subject,
  figure,
  limit,
  verdict,
  provisional,
}: ParameterStatus): Html {
  return html`<tr><th scope="row">${name}</th><td>${subject}</td><td>${figure}</td><td>${limit}</td>
<td class="${verdict}">${VERDICTS[verdict]}</td><td>${provisional}</td></tr>
`;
}

function testSection(tests: readonly TestStatus[]): Html {
  return html`<section aria-labelledby="tests">
<h2 id="tests">Last tests</h2>
<p>A cycle is decided two minutes after its end. Until then its tests are
<em>provisional</em> and in no figure.</p>
<div class="wide" tabindex="0">
<table>
<caption>Tests of each address, newest first</caption>
<thead><tr><th scope="col">Cycle</th><th scope="col">Probe</th><th scope="col">Name server</th>
<th scope="col">Address</th><th scope="col">Over</th><th scope="col">Seen</th>
<th scope="col">Detail</th><th scope="col">State</th></tr></thead>
<tbody>
${tests.map(
  (test) => html`<tr><td>${time(test.cycle)}</td><td>${test.probe}</td><td>${test.nameserver}</td>
<td>${test.address}</td><td>${test.transport.toUpperCase()}</td><td class="${test.outcome}">${test.outcome}</td>
<td>${test.detail}</td><td>${test.isDecided ? 'decided' : html`<em>provisional</em>`}</td></tr>
`,
)}
</tbody>
</table>
</div>
${tests.length === 0 && html`<p>No test has come in yet.</p>`}
</section>
`;
}

function updateSection(updates: readonly UpdateStatus[]): Html {
  return html`<section aria-labelledby="updates">
<h2 id="updates">Changes until served</h2>
${
  updates.length === 0
    ? html`<p>None yet.</p>`
    : html`<div class="wide" tabindex="0"><table>
<caption>From the confirmation of a change until an address answered with it, newest first</caption>
<thead><tr><th scope="col">Confirmed</th><th scope="col">Change</th><th scope="col">Probe</th>
<th scope="col">Address</th><th scope="col">Served after</th></tr></thead>
<tbody>
${updates.map(
  ({ change, probe, address, confirmedAt, took }) => html`<tr><td>${time(confirmedAt)}</td>
<td>${change}</td><td>${probe}</td><td>${address}</td><td>${took}</td></tr>
`,
)}
</tbody>
</table></div>`
}
</section>
`;
}

function disagreementSection(disagreements: readonly DisagreementStatus[]): Html {
  return html`<section aria-labelledby="disagreements">
<h2 id="disagreements">Servers against probes</h2>
<p>What servers say of themselves is held against what the probes saw. The score rests on the
probes; where both cannot be true, somebody should look.</p>
${
  disagreements.length === 0
    ? html`<p>None was found.</p>`
    : html`<div class="wide" tabindex="0"><table>
<caption>Disagreements, newest first</caption>
<thead><tr><th scope="col">Found</th><th scope="col">Of</th><th scope="col">Finding</th>
<th scope="col">The server says</th><th scope="col">The probes say</th></tr></thead>
<tbody>
${disagreements.map(
  ({ at, subject, finding, serverSays, probesSay }) => html`<tr><td>${time(at)}</td>
<td>${subject}</td><td>${finding}</td><td>${serverSays}</td><td>${probesSay}</td></tr>
`,
)}
</tbody>
</table></div>`
}
</section>
`;
}

function probeSection({ probes, vantagePoints, targets }: SiteStatus): Html {
  const upCount = probes.filter(({ isUp }) => isUp).length;
  const points = vantagePoints.length === 1 ? 'vantage point' : 'vantage points';
  return html`<section aria-labelledby="probes">
<h2 id="probes">Who measures</h2>
<p>Probes up: ${upCount}, at <strong>${vantagePoints.length} ${points}</strong>${
    vantagePoints.length > 0 && ` (${vantagePoints.join(', ')})`
  }. Probes on one host are one vantage point, whatever their number.</p>
<ul>
${probes.map(
  ({
    name,
    isUp,
    lastAt,
  }) => html`<li>Probe ${name}: ${isUp ? 'up' : html`<strong>silent</strong>`}${
    lastAt !== '' && html`, last heard of ${time(lastAt)}`
  }</li>
`,
)}
</ul>
${probes.length === 0 && html`<p>No probe has been heard of yet.</p>`}
<h3>Scraped</h3>
<ul>
${targets.map(
  ({
    url,
    isUp,
    at,
    reason,
  }) => html`<li>${url}: ${isUp ? 'up' : html`<strong>down</strong> (${reason})`}${
    at !== '' && html`, asked ${time(at)}`
  }</li>
`,
)}
</ul>
</section>
`;
}
