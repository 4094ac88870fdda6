/**
 * A second judge, slow and plain, written from the rules and not from the code that it is held
 * against: maps of cycles and of single seconds instead of spans, every cycle of the month looked
 * up, every second of down time asked whether somebody excused it. Whole seconds only; evidence must
 * lie within a week of the month. It is a kit for tests, so it raises nothing and checks nothing.
 */
import type { Contract, Exclusion, Parameter, ServiceName } from '#sla/contract/contract.ts';
import type { EventOf, Measurement, Test } from '#sla/measurement/measurement.ts';
import { type CycleVerdict, judgeCycle, type State } from './cycle-verdict.ts';
import { countTickets } from './ticket-clock.ts';
import { WallClock } from './wall-clock.ts';

/** Rolling weeks reach back. */
const BACK_MS = 8 * 86_400_000;
const DAY_MS = 86_400_000;

interface OracleIncident {
  startMs: number;
  endMs: number | undefined;
  down: Set<number>;
}

/** What is judged: a service, or one address of a name server. */
interface Judged {
  service: ServiceName;
  nameserver?: string;
  address?: string;
  cycleMs: number;
  /** By the start of the cycle; every cycle in reach stands here. */
  states: Map<number, State>;
  incidents: OracleIncident[];
}

export class SlaOracle {
  readonly #contract: Contract;
  readonly #startMs: number;
  readonly #endMs: number;
  readonly #evidence: readonly Measurement[];
  readonly #verdicts = new Map<ServiceName, Map<number, CycleVerdict>>();
  readonly #topologies: { fromMs: number; topology: EventOf<'topology'> }[];
  /** Read once: they are asked for every second. */
  readonly #spans = new Map<object, { fromMs: number; toMs: number }>();
  readonly #walls = new Map<string, WallClock>();

  constructor(contract: Contract, month: string, evidence: readonly Measurement[]) {
    this.#contract = contract;
    const [year = 0, number = 1] = month.split('-').map(Number);
    this.#startMs = Date.UTC(year, number - 1, 1);
    this.#endMs = Date.UTC(year, number, 1);
    this.#evidence = evidence;
    this.#topologies = evidence
      .flatMap((piece) => (piece.kind === 'topology' ? [piece] : []))
      .map((topology) => ({ fromMs: Date.parse(topology.at), topology }))
      .sort((a, b) => a.fromMs - b.fromMs);
    for (const service of ['dns', 'rdds', 'epp'] as const) {
      if (contract.services[service] !== undefined) {
        this.#verdicts.set(service, this.#judgeCycles(service));
      }
    }
  }

  /** As `parameters` of a score, but with `tickets` and `backups` only counted. */
  parameters(): Record<string, unknown>[] {
    return this.#contract.parameters.flatMap((rule) => this.#parameter(rule));
  }

  emergency(): Record<string, unknown>[] {
    const rules = this.#contract.emergency;
    if (rules === undefined) return [];
    return rules.thresholds.map(({ service, thresholdSeconds }) => {
      const judged = service === 'dnssec' ? this.#dnssec() : this.#service(service);
      const { cycleMs } = judged;
      const down = [...judged.states]
        .filter(([, state]) => state === 'down')
        .map(([ms]) => ({ ms, seconds: this.#countedSeconds(judged, ms).length }));
      const sumAt = (cycle: number): number => {
        const fromMs = cycle + cycleMs - rules.windowSeconds * 1000;
        let sum = 0;
        for (const { ms, seconds } of down) if (ms >= fromMs && ms <= cycle) sum += seconds;
        return sum;
      };
      const crossings: { ratio: number; at: string }[] = [];
      let peak = { seconds: 0, at: null as string | null };
      let last = sumAt(this.#startMs - cycleMs);
      for (let ms = this.#startMs; ms < this.#endMs; ms += cycleMs) {
        const sum = sumAt(ms);
        if (sum > peak.seconds) peak = { seconds: sum, at: textOf(ms) };
        for (const percent of rules.alarmPercents) {
          const isReached = (seconds: number) => seconds * 100 >= percent * thresholdSeconds;
          if (isReached(sum) && !isReached(last)) {
            crossings.push({ ratio: percent / 100, at: textOf(ms) });
          }
        }
        last = sum;
      }
      return { service, peakSeconds: peak.seconds, peakAt: peak.at, crossings };
    });
  }

  #isWithin(piece: { from: string; to: string }, ms: number): boolean {
    const known = this.#spans.get(piece);
    const span = known ?? { fromMs: Date.parse(piece.from), toMs: Date.parse(piece.to) };
    if (known === undefined) this.#spans.set(piece, span);
    return ms >= span.fromMs && ms < span.toMs;
  }

  #judgeCycles(service: ServiceName): Map<number, CycleVerdict> {
    const tests = this.#evidence.flatMap((piece) =>
      piece.kind === 'test' && piece.service === service ? [piece] : [],
    );
    const byCycle = Map.groupBy<number, Test>(tests, ({ cycle }) => cycle * 1000);
    return new Map(
      [...byCycle].map(([ms, own]) => [ms, judgeCycle(this.#contract, own, this.#topologyAt(ms))]),
    );
  }

  #topologyAt(ms: number): EventOf<'topology'> | undefined {
    return this.#topologies.findLast(({ fromMs }) => fromMs <= ms)?.topology;
  }

  #service(service: ServiceName): Judged {
    const rules = this.#contract.services[service];
    if (rules === undefined) throw new Error(`no service ${service}`);
    return this.#judged({ service }, rules, rules.incidentCycles, ({ state }) => state);
  }

  #dnssec(): Judged {
    const rules = this.#contract.services.dns;
    if (rules === undefined) throw new Error('no service dns');
    return this.#judged(
      { service: 'dns' },
      rules,
      rules.dnssec.incidentCycles,
      ({ dnssec }) => dnssec,
    );
  }

  #judged(
    subject: Pick<Judged, 'service' | 'nameserver' | 'address'>,
    rules: { cycleSeconds: number },
    incidentCycles: number,
    stateOf: (verdict: CycleVerdict, ms: number) => State,
    absentAt: (ms: number) => boolean = () => false,
  ): Judged {
    const cycleMs = rules.cycleSeconds * 1000;
    const states = new Map<number, State>();
    const verdicts = this.#verdicts.get(subject.service);
    const monitorDown = this.#evidence.flatMap((piece) =>
      piece.kind === 'monitor-down' ? [piece] : [],
    );
    /** Every second of the cycle lies in some gap. */
    const isUnwatched = (ms: number): boolean => {
      for (let second = ms; second < ms + cycleMs; second += 1000) {
        if (!monitorDown.some((gap) => this.#isWithin(gap, second))) return false;
      }
      return true;
    };
    for (let ms = this.#startMs - BACK_MS; ms < this.#endMs + DAY_MS; ms += cycleMs) {
      const verdict = verdicts?.get(ms);
      let state: State = verdict === undefined ? 'unmeasured' : stateOf(verdict, ms);
      if (verdict !== undefined && isUnwatched(ms)) state = 'unmeasured';
      states.set(ms, absentAt(ms) ? 'absent' : state);
    }
    return { ...subject, cycleMs, states, incidents: incidentsOf(states, cycleMs, incidentCycles) };
  }

  #addresses(): Judged[] {
    const rules = this.#contract.services.dns;
    if (rules === undefined) return [];
    const keys = new Set<string>();
    const sets = new Map(
      this.#topologies.map(({ topology }) => {
        const pairs = Object.entries(topology.nameservers);
        const own = pairs.flatMap(([name, ips]) => ips.map((ip) => `${name.toLowerCase()} ${ip}`));
        return [topology, new Set(own)] as const;
      }),
    );
    const listedAt = (ms: number): Set<string> | undefined => {
      const topology = this.#topologyAt(ms);
      return topology === undefined ? undefined : sets.get(topology);
    };
    const cycleMs = rules.cycleSeconds * 1000;
    for (let ms = this.#startMs; ms < this.#endMs; ms += cycleMs) {
      const tested = this.#verdicts.get('dns')?.get(ms)?.addresses;
      for (const key of listedAt(ms) ?? tested?.keys() ?? []) keys.add(key);
    }
    return [...keys].toSorted().map((key) => {
      const [nameserver = '', address = ''] = key.split(' ');
      return this.#judged(
        { service: 'dns', nameserver, address },
        rules,
        rules.nameserverIncidentCycles,
        (verdict) => verdict.addresses.get(key) ?? 'unmeasured',
        (ms) => listedAt(ms)?.has(key) === false,
      );
    });
  }

  #parameter(rule: Parameter): Record<string, unknown>[] {
    const { parameter } = rule;
    if (rule.rule === 'service-downtime' || rule.rule === 'service-downtime-share') {
      return [this.#downtime(rule, this.#service(rule.service))];
    }
    if (rule.rule === 'nameserver-downtime') {
      return this.#addresses().map((judged) => this.#downtime(rule, judged));
    }
    if (rule.rule === 'rtt-share') {
      const { states } = this.#service(rule.service);
      const results = [...(this.#verdicts.get(rule.service) ?? [])]
        .filter(
          ([ms]) => ms >= this.#startMs && ms < this.#endMs && states.get(ms) !== 'unmeasured',
        )
        .flatMap(([, verdict]) => verdict.results)
        .filter(({ testClass }) => rule.classes.includes(testClass));
      const within = results.filter(({ result }) => result === 'ok').length;
      return [{ parameter, ...shareOf(within, results.length, rule.share) }];
    }
    if (rule.rule === 'ticket-response') {
      const tickets = this.#evidence.flatMap((piece) => (piece.kind === 'ticket' ? [piece] : []));
      const latest = tickets.map(({ at }) => Date.parse(at));
      const month = { startMs: this.#startMs, endMs: this.#endMs };
      const nowMs = Math.max(this.#endMs, ...latest);
      const services = Object.keys(this.#contract.services) as ServiceName[];
      const isDisaster = (ms: number): boolean =>
        services.some((service) => this.#isDeclared(service, ms, true));
      const counts = countTickets(rule, this.#contract, tickets, isDisaster, month, nowMs);
      let verdict = counts.tickets === 0 ? 'not-measured' : 'met';
      if (counts.pending > 0) verdict = 'undetermined';
      if (counts.late > 0) verdict = 'breached';
      return [{ parameter, ...counts, verdict }];
    }
    if (rule.rule === 'backup-frequency' || rule.rule === 'backup-locations') {
      return [{ parameter, ...this.#backups(rule) }];
    }
    const delays = this.#delays(rule);
    const within = delays.filter((ms) => ms <= rule.limitSeconds * 1000).length;
    return [{ parameter, ...shareOf(within, delays.length, rule.share) }];
  }

  #downtime(rule: Parameter, judged: Judged): Record<string, unknown> {
    const inMonth = [...judged.states].filter(([ms]) => ms >= this.#startMs && ms < this.#endMs);
    const secondsOf = (wanted: State): number =>
      inMonth.filter(([, state]) => state === wanted).length * (judged.cycleMs / 1000);
    const down = inMonth.filter(([, state]) => state === 'down').map(([ms]) => ms);
    const seconds = down.flatMap((ms) => secondsFrom(ms, judged.cycleMs));
    const isCounted = (ms: number): boolean => this.#isCounted(judged, ms);
    const counted = seconds.filter(isCounted);
    const excused = seconds.filter(
      (ms) => !this.#isFalsePositive(judged, ms, true) && this.#isExcused(judged.service, ms),
    ).length;
    const isInIncident = (ms: number): boolean =>
      judged.incidents.some((incident) => incident.down.has(cycleOf(ms, judged.cycleMs)));
    const unmeasured = secondsOf('unmeasured');
    const min = counted.length;
    const max = min + unmeasured;
    const isSeen = seconds.length + secondsOf('up') + secondsOf('discarded') > 0;
    let isMet = false;
    let isBreached = false;
    if ('limitSeconds' in rule) {
      isMet = max <= rule.limitSeconds;
      isBreached = min > rule.limitSeconds;
    } else if (rule.rule === 'service-downtime-share') {
      const period = BigInt((this.#endMs - this.#startMs) / 1000 - excused);
      const { numerator, denominator } = rule.downShareMax;
      isMet = BigInt(max) * BigInt(denominator) <= BigInt(numerator) * period;
      isBreached = BigInt(min) * BigInt(denominator) > BigInt(numerator) * period;
    }
    let verdict = 'undetermined';
    if (isMet) verdict = isSeen ? 'met' : 'not-measured';
    if (isBreached) verdict = 'breached';
    return {
      parameter: rule.parameter,
      ...(judged.nameserver === undefined
        ? {}
        : { nameserver: judged.nameserver, address: judged.address }),
      downSeconds: { min, max },
      rsmDownSeconds: counted.filter(isInIncident).length,
      discardedSeconds: secondsOf('discarded'),
      unmeasuredSeconds: unmeasured,
      measuredSeconds: seconds.length + secondsOf('up'),
      excusedSeconds: excused,
      disputedSeconds: counted.filter(
        (ms) =>
          this.#isFalsePositive(judged, ms, false) || this.#isDeclared(judged.service, ms, false),
      ).length,
      falsePositiveSeconds: seconds.filter((ms) => this.#isFalsePositive(judged, ms, true)).length,
      verdict,
    };
  }

  #isCounted(judged: Judged, ms: number): boolean {
    return !this.#isFalsePositive(judged, ms, true) && !this.#isExcused(judged.service, ms);
  }

  #countedSeconds(judged: Judged, cycle: number): number[] {
    return secondsFrom(cycle, judged.cycleMs).filter((ms) => this.#isCounted(judged, ms));
  }

  #isFalsePositive(judged: Judged, ms: number, isAgreed: boolean): boolean {
    return this.#evidence.some((piece) => {
      if (piece.kind !== 'false-positive' || piece.service !== judged.service) return false;
      const { nameserver, address } = piece;
      if (nameserver !== undefined && nameserver !== judged.nameserver) return false;
      if (address !== undefined && address !== judged.address) return false;
      return hasAgreement(piece) === isAgreed && this.#isWithin(piece, ms);
    });
  }

  #isDeclared(service: ServiceName, ms: number, isAgreed: boolean): boolean {
    return this.#evidence.some((piece) => {
      if (piece.kind !== 'exclusion' || !piece.services.includes(service)) return false;
      const isKnown = this.#contract.exclusions.some(
        (rule) => rule.exclusion === 'declared' && rule.types.includes(piece.type),
      );
      return isKnown && hasAgreement(piece) === isAgreed && this.#isWithin(piece, ms);
    });
  }

  #isExcused(service: ServiceName, ms: number): boolean {
    if (this.#isDeclared(service, ms, true)) return true;
    return this.#evidence.some((piece) => {
      if (piece.kind !== 'notice' || piece.type !== 'planned') return false;
      if (!piece.services.includes(service) || !this.#isWithin(piece, ms)) return false;
      return this.#contract.exclusions.some((rule) => this.#excuses(rule, piece, ms));
    });
  }

  #excuses(rule: Exclusion, notice: EventOf<'notice'>, ms: number): boolean {
    if (rule.exclusion !== 'planned-notice' || !notice.audience.includes(rule.audience))
      return false;
    const [atMs, fromMs] = [Date.parse(notice.at), Date.parse(notice.from)];
    if (atMs >= fromMs) return false;
    const daysApart = Math.floor(fromMs / DAY_MS) - Math.floor(atMs / DAY_MS);
    const isAhead =
      rule.leadReading === 'elapsed'
        ? fromMs - atMs >= rule.leadSeconds * 1000
        : daysApart * 86_400 >= rule.leadSeconds;
    if (!isAhead || rule.calendar === undefined) return isAhead;
    const calendar = this.#contract.calendars[rule.calendar];
    if (calendar === undefined) return false;
    const wall = this.#walls.get(rule.calendar) ?? new WallClock(calendar);
    this.#walls.set(rule.calendar, wall);
    return wall.isInside(ms);
  }

  /** How long each thing took that began in the month, in milliseconds. */
  #delays(rule: Parameter): number[] {
    const took = new Map<string, number>();
    for (const piece of this.#evidence) {
      let key = '';
      let began = '';
      let ms = 0;
      if (rule.rule === 'update-share' && piece.kind === 'update') {
        const interfaces = this.#contract.services.rdds?.interfaces;
        if (piece.service !== rule.service) continue;
        if (piece.interface !== undefined && interfaces?.includes(piece.interface) === false)
          continue;
        key = `${piece.change} ${piece.probe} ${piece.address} ${piece.interface}`;
        began = piece.confirmedAt;
        ms = Date.parse(piece.observedAt ?? '+275760-09-13T00:00:00Z') - Date.parse(began);
      } else if (rule.rule === 'update-begun-share' && piece.kind === 'update-begun') {
        key = `${piece.change} ${piece.confirmedAt}`;
        began = piece.confirmedAt;
        ms = Date.parse(piece.begunAt) - Date.parse(began);
      } else if (rule.rule === 'replica-lag-share' && piece.kind === 'replica-lag') {
        key = piece.at;
        began = piece.at;
        ms = piece.lagMs;
      } else continue;
      const beganMs = Date.parse(began);
      if (beganMs < this.#startMs || beganMs >= this.#endMs) continue;
      took.set(key, Math.max(ms, took.get(key) ?? -Infinity));
    }
    return [...took.values()];
  }

  #backups(rule: Extract<Parameter, { rule: 'backup-frequency' | 'backup-locations' }>) {
    const lines = this.#evidence.flatMap((piece) => (piece.kind === 'backup' ? [piece] : []));
    const byId = Map.groupBy(lines, ({ id }) => id);
    const made = [...byId.values()].map((own) => ({
      ms: Math.min(...own.map(({ at }) => Date.parse(at))),
      places: new Set(own.filter((line) => line.verified).map((line) => line.location)).size,
    }));
    const mine = made.filter(({ ms }) => ms >= this.#startMs && ms < this.#endMs);
    if (mine.length === 0) return { days: 0, shortDays: [], verdict: 'not-measured' };
    const shortDays: string[] = [];
    for (let day = this.#startMs; day < this.#endMs; day += DAY_MS) {
      const verified = mine.filter((each) => cycleOf(each.ms, DAY_MS) === day && each.places > 0);
      let isShort = verified.length < rule.perDayMin;
      if (rule.rule === 'backup-locations') {
        const spread = verified.filter(({ places }) => places >= rule.locationsMin).length;
        // Too few backups are the other rule's business; here, those there are must be spread.
        const isEnough = spread >= rule.perDayMin || spread === verified.length;
        isShort = spread === 0 || !isEnough;
      }
      if (isShort) shortDays.push(textOf(day).slice(0, 10));
    }
    const days = (this.#endMs - this.#startMs) / DAY_MS;
    return { days, shortDays, verdict: shortDays.length === 0 ? 'met' : 'breached' };
  }
}

function incidentsOf(states: Map<number, State>, cycleMs: number, limit: number): OracleIncident[] {
  const incidents: OracleIncident[] = [];
  let open: OracleIncident | undefined;
  /** Decided cycles in a row that are of the other kind than what holds now. */
  let against: number[] = [];
  for (const [ms, state] of states) {
    if (state !== 'up' && state !== 'down') continue;
    const isAgainst = open === undefined ? state === 'down' : state === 'up';
    against = isAgainst ? [...against, ms] : [];
    if (open === undefined && against.length === limit) {
      open = { startMs: ms, endMs: undefined, down: new Set([ms]) };
      incidents.push(open);
      against = [];
    } else if (open !== undefined && state === 'down') {
      open.down.add(ms);
    } else if (open !== undefined && against.length === limit) {
      open.endMs = ms + cycleMs;
      open = undefined;
      against = [];
    }
  }
  return incidents;
}

function shareOf(within: number, total: number, share: { numerator: number; denominator: number }) {
  const isMet =
    BigInt(within) * BigInt(share.denominator) >= BigInt(share.numerator) * BigInt(total);
  if (total === 0) return { total, within, verdict: 'not-measured' };
  return { total, within, verdict: isMet ? 'met' : 'breached' };
}

function hasAgreement(piece: {
  author?: string | undefined;
  agreedBy?: string | undefined;
}): boolean {
  return piece.agreedBy !== undefined && piece.agreedBy !== piece.author;
}

function secondsFrom(ms: number, lengthMs: number): number[] {
  return Array.from({ length: lengthMs / 1000 }, (_each, at) => ms + at * 1000);
}

function cycleOf(ms: number, cycleMs: number): number {
  return Math.floor(ms / cycleMs) * cycleMs;
}

function textOf(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}
