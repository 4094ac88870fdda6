/**
 * The admin API's zones, joined to the zone database: text becomes octets here, a request becomes
 * a `Change`, and a refusal gets the API's words.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '#base/clock.ts';
import { formatName, type Name } from '#dns/wire/name.ts';
import { RdataWriter } from '#dns/wire/rdata/rdata-writer.ts';
import type { Finding } from '#dns/zone/finding.ts';
import { ChangeError, type ChangeOutcome, type Operation } from '#dns/zonedb/change.ts';
import { importZonefile, type ZonefileImported } from '#dns/zonedb/import-zonefile.ts';
import { buildNewZone } from '#dns/zonedb/new-zone.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';
import { isFetched, type ZoneRow } from '#dns/zonedb/zone-row.ts';
import { zonefileOfText } from '#dns/zonefile/zonefile-source.ts';
import {
  invalidRequest,
  masterFileRefused,
  notAvailable,
  zoneChanged,
  zoneExists,
  zoneMissing,
} from '#http/api/api-error.ts';
import type {
  FileFinding,
  ImportOptions,
  ImportOutcome,
  NewZone,
  RrsetEdit,
  RrsetText,
  SettingsChange,
  WriteContext,
  WriteOutcome,
  ZonePort,
  ZoneSettings,
  ZoneSummary,
  ZoneView,
} from '#http/api/ports.ts';
import { applyOnCondition, changeContext, demandVersion } from './change-context.ts';
import { refusing } from './change-refusal.ts';
import { completeZonefile, newZoneOperations } from './new-zone.ts';
import { contentDifference } from './whole-content.ts';
import { type ReplaceOperation, readContent, readEdits, readName } from './zone-text.ts';
import { openZoneView } from './zone-view-text.ts';

/** Zones in one chunk of a listing. */
const LIST_CHUNK = 500;

/** How often a content is compared anew because the zone moved on meanwhile. */
const REPLACE_ATTEMPTS = 5;

/** What is known of, and done for, zones that pass between name servers. */
export interface ZoneTransfers {
  /** `lastCheck`: Unix seconds, 0 for never; `notifiedSerial`: 0 before the first NOTIFY. */
  state(apex: Name): { lastCheck: number; notifiedSerial: number };
  /** Sends NOTIFY to whoever is to be told of this zone. */
  notify(apex: Name): void;
  /** False: the zone is not fetched from any. */
  retrieve(apex: Name): boolean;
}

export class ZoneAdapter implements ZonePort {
  readonly #zones: ZoneDb;
  readonly #clock: Clock;
  readonly #transfers: ZoneTransfers | undefined;
  readonly #rdata = new RdataWriter();

  /** @param transfers left out: nobody is notified, and there are no secondary zones */
  constructor(zones: ZoneDb, clock: Clock, transfers?: ZoneTransfers) {
    this.#zones = zones;
    this.#clock = clock;
    this.#transfers = transfers;
  }

  async *list(): AsyncGenerator<ZoneSummary[]> {
    const names = this.#zones.names();
    for (let at = 0; at < names.length; at += LIST_CHUNK) {
      const states = names.slice(at, at + LIST_CHUNK).map((apex) => this.#zones.find(apex));
      yield states.filter((state) => state !== undefined).map(({ row }) => this.#summary(row));
    }
  }

  async find(zone: string): Promise<ZoneSummary | undefined> {
    const apex = readName(zone);
    const state = apex === undefined ? undefined : this.#zones.find(apex);
    return state === undefined ? undefined : this.#summary(state.row);
  }

  async open(zone: string): Promise<ZoneView | undefined> {
    const apex = readName(zone);
    const view = apex === undefined ? undefined : await this.#zones.view(apex);
    return view === undefined ? undefined : openZoneView(view, this.#summary(view.row));
  }

  async create(zone: NewZone, context: WriteContext): Promise<WriteOutcome> {
    const apex = readName(zone.name);
    if (apex === undefined) throw invalidRequest(`'${zone.name}' is not a domain name`);
    if (this.#zones.find(apex) !== undefined) throw zoneExists(zone.name);
    const { masterFile, settings } = zone;
    this.#checkKind(settings);
    if (masterFile !== undefined) return this.#createFromText(apex, masterFile, zone, context);
    return refusing(zone.name, async () => {
      if (isFetched(settings) && zone.rrsets.length === 0) {
        return createdOutcome(
          await this.#zones.createEmpty(apex, settings, changeContext(context)),
        );
      }
      const operations = newZoneOperations(zone, apex);
      const nodes = await buildNewZone(apex, operations, settings, this.#clock.nowMs());
      const content = { nodes };
      const replacement = { apex, content, settings, context: changeContext(context) };
      return createdOutcome(await this.#zones.create({ ...replacement, edited: true, marks: [] }));
    });
  }

  async replaceContents(
    zone: string,
    rrsets: readonly RrsetText[],
    settings: Partial<ZoneSettings>,
    context: WriteContext,
  ): Promise<WriteOutcome> {
    const apex = this.#getName(zone);
    this.#checkKind(settings);
    return refusing(zone, async () => {
      const operations = readContent(rrsets, apex, this.#rdata);
      const row = this.#zones.find(apex)?.row;
      if (row === undefined) throw zoneMissing(zone);
      if (isDeepStrictEqual(row.settings, { ...row.settings, ...settings })) {
        return this.#changeToContents(apex, operations, context);
      }
      return writeOutcome(await this.#replaceWhole(apex, operations, settings, context));
    });
  }

  /** As edits of the version that was looked at; where another came between, of that one. */
  async #changeToContents(
    apex: Name,
    wanted: readonly ReplaceOperation[],
    context: WriteContext,
  ): Promise<WriteOutcome> {
    for (let attempt = 1; ; attempt++) {
      const view = await this.#zones.view(apex);
      if (view === undefined) throw zoneMissing(formatName(apex));
      const { version } = view.row;
      let operations: Operation[];
      try {
        demandVersion(apex, view.row, context);
        operations = await contentDifference(view, wanted);
      } finally {
        await view.close();
      }
      const change = { zone: apex, operations, context: changeContext(context) };
      try {
        return writeOutcome(await this.#zones.apply({ ...change, precondition: { version } }));
      } catch (error) {
        const isOvertaken = error instanceof ChangeError && error.code === 'PRECONDITION_FAILED';
        if (!isOvertaken || attempt === REPLACE_ATTEMPTS) throw error;
      }
    }
  }

  /** Settings and contents as one version, which the journal keeps as a whole. */
  async #replaceWhole(
    apex: Name,
    operations: readonly Operation[],
    settings: Partial<ZoneSettings>,
    context: WriteContext,
  ): Promise<ChangeOutcome> {
    return this.#zones.replace(apex, async (state) => {
      if (state === undefined) throw zoneMissing(formatName(apex));
      const { row } = state;
      demandVersion(apex, row, context);
      const whole = { ...row.settings, ...settings };
      const nodes = await buildNewZone(apex, operations, whole, this.#clock.nowMs(), row);
      const made = { settings: whole, context: changeContext(context), edited: true, marks: [] };
      return { apex, content: { nodes }, ...made };
    });
  }

  async #createFromText(
    apex: Name,
    masterFile: string,
    zone: NewZone,
    context: WriteContext,
  ): Promise<WriteOutcome> {
    const source = await completeZonefile(masterFile, zone, apex, this.#clock.nowMs());
    const imported = await refusing(zone.name, () =>
      importZonefile(this.#zones, {
        apex,
        source: zonefileOfText(source),
        file: 'zone',
        includes: false,
        context: changeContext(context),
        settings: zone.settings,
        permit: (state) => {
          if (state !== undefined) throw zoneExists(zone.name);
        },
      }),
    );
    if (!imported.imported) throw masterFileRefused(zone.name, errorsOf(imported));
    return createdOutcome(imported.outcome);
  }

  async changeSettings(
    zone: string,
    settings: SettingsChange,
    context: WriteContext,
  ): Promise<WriteOutcome> {
    const apex = this.#getName(zone);
    return refusing(zone, async () => {
      const change = (row: Readonly<ZoneRow>): Partial<ZoneSettings> => {
        demandVersion(apex, row, context);
        const changed = typeof settings === 'function' ? settings(row.settings) : settings;
        this.#checkKind(changed);
        return changed;
      };
      return writeOutcome(await this.#zones.changeSettings(apex, change, changeContext(context)));
    });
  }

  async delete(zone: string, context: WriteContext): Promise<WriteOutcome> {
    const apex = this.#getName(zone);
    const { receipt, oldSerial } = await refusing(zone, () =>
      this.#zones.remove(apex, changeContext(context), (row) => demandVersion(apex, row, context)),
    );
    return { receiptId: receipt, oldSerial, changed: true };
  }

  async applyEdits(
    zone: string,
    edits: readonly RrsetEdit[],
    context: WriteContext,
  ): Promise<WriteOutcome> {
    const apex = this.#getName(zone);
    return refusing(zone, async () => {
      const operations = readEdits(edits, apex, this.#rdata);
      return writeOutcome(await applyOnCondition(this.#zones, { zone: apex, operations }, context));
    });
  }

  async import(
    zone: string,
    masterFile: AsyncIterable<Uint8Array>,
    { force }: ImportOptions,
    context: WriteContext,
  ): Promise<ImportOutcome> {
    const apex = readName(zone);
    if (apex === undefined) throw invalidRequest(`'${zone}' is not a domain name`);
    const isNew = this.#zones.find(apex) === undefined;
    const imported = await refusing(zone, () =>
      importZonefile(this.#zones, {
        apex,
        source: masterFile,
        file: 'import',
        includes: false,
        context: changeContext(context),
        permit: (state) => {
          demandVersion(apex, state?.row, context);
          if (state?.row.edited === true && !force) throw zoneChanged(zone);
        },
      }),
    );
    if (!imported.imported) return { imported: false, errors: errorsOf(imported) };
    const { outcome, recordCount, findings } = imported;
    return {
      imported: true,
      outcome: isNew ? createdOutcome(outcome) : writeOutcome(outcome),
      recordCount,
      warnings: findings.map(fileFinding),
    };
  }

  async notify(zone: string): Promise<void> {
    this.#transfers?.notify(this.#getName(zone));
  }

  async retrieve(zone: string): Promise<boolean> {
    return this.#transfers?.retrieve(this.#getName(zone)) ?? false;
  }

  /** @throws ApiError API_NOT_AVAILABLE: a zone that nobody fills would be answered by nobody */
  #checkKind(settings: Partial<ZoneSettings>): void {
    if (!isFetched(settings) || this.#transfers !== undefined) return;
    throw notAvailable(`A zone of kind ${settings.kind}, which is transferred from its primary,`);
  }

  #summary(row: ZoneRow): ZoneSummary {
    const state = this.#transfers?.state(row.apex);
    return {
      name: formatName(row.apex),
      version: row.version,
      serial: row.serial,
      servedSerial: row.serial,
      notifiedSerial: state?.notifiedSerial ?? 0,
      lastCheck: state?.lastCheck ?? 0,
      signed: row.signed,
      recordCount: row.records,
      settings: row.settings,
    };
  }

  #getName(zone: string): Name {
    const apex = readName(zone);
    if (apex === undefined) throw zoneMissing(zone);
    return apex;
  }
}

function writeOutcome({ receipt, oldSerial, newSerial, changed }: ChangeOutcome): WriteOutcome {
  return { receiptId: receipt, oldSerial, newSerial, changed };
}

function createdOutcome({ receipt, newSerial }: ChangeOutcome): WriteOutcome {
  return { receiptId: receipt, newSerial, changed: true };
}

function errorsOf(refused: Extract<ZonefileImported, { imported: false }>): FileFinding[] {
  return refused.findings.filter(({ severity }) => severity === 'error').map(fileFinding);
}

function fileFinding({ place, code, message }: Finding): FileFinding {
  return { line: place?.line ?? 0, column: place?.column ?? 0, code, message };
}
