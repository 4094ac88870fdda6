/**
 * The admin API's zones, joined to the zone database: text becomes octets here, a request becomes
 * a `Change`, and a refusal gets the API's words.
 */
import type { Clock } from '#base/clock.ts';
import { formatName, type Name } from '#dns/wire/name.ts';
import { RdataWriter } from '#dns/wire/rdata/rdata-writer.ts';
import type { Finding } from '#dns/zone/finding.ts';
import type { ChangeContext, ChangeOutcome } from '#dns/zonedb/change.ts';
import { importZonefile, type ZonefileImported } from '#dns/zonedb/import-zonefile.ts';
import { buildNewZone } from '#dns/zonedb/new-zone.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';
import type { ZoneRow } from '#dns/zonedb/zone-row.ts';
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
  WriteContext,
  WriteOutcome,
  ZonePort,
  ZoneSettings,
  ZoneSummary,
  ZoneView,
} from '#http/api/ports.ts';
import { refusing } from './change-refusal.ts';
import { completeZonefile, contentOperations, newZoneOperations } from './new-zone.ts';
import { readEdit, readName } from './zone-text.ts';
import { openZoneView } from './zone-view-text.ts';

/** Zones in one chunk of a listing. */
const LIST_CHUNK = 500;

export class ZoneAdapter implements ZonePort {
  readonly #zones: ZoneDb;
  readonly #clock: Clock;
  readonly #rdata = new RdataWriter();

  constructor(zones: ZoneDb, clock: Clock) {
    this.#zones = zones;
    this.#clock = clock;
  }

  async *list(): AsyncGenerator<ZoneSummary[]> {
    const names = this.#zones.names();
    for (let at = 0; at < names.length; at += LIST_CHUNK) {
      const states = names.slice(at, at + LIST_CHUNK).map((apex) => this.#zones.find(apex));
      yield states.filter((state) => state !== undefined).map(({ row }) => summaryOf(row));
    }
  }

  async find(zone: string): Promise<ZoneSummary | undefined> {
    const apex = readName(zone);
    const state = apex === undefined ? undefined : this.#zones.find(apex);
    return state === undefined ? undefined : summaryOf(state.row);
  }

  async open(zone: string): Promise<ZoneView | undefined> {
    const apex = readName(zone);
    const view = apex === undefined ? undefined : await this.#zones.view(apex);
    return view === undefined ? undefined : openZoneView(view, summaryOf(view.row));
  }

  async create(zone: NewZone, context: WriteContext): Promise<WriteOutcome> {
    const apex = readName(zone.name);
    if (apex === undefined) throw invalidRequest(`'${zone.name}' is not a domain name`);
    if (this.#zones.find(apex) !== undefined) throw zoneExists(zone.name);
    const { masterFile } = zone;
    const settings = { ...zone.settings, metadata: {} };
    checkKind(settings);
    if (masterFile !== undefined) return this.#createFromText(apex, masterFile, zone, context);
    return refusing(zone.name, async () => {
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
    checkKind(settings);
    return refusing(zone, async () => {
      const operations = contentOperations(rrsets, apex);
      const outcome = await this.#zones.replace(apex, async (state) => {
        if (state === undefined) throw zoneMissing(zone);
        const { row } = state;
        const whole = { ...row.settings, ...settings };
        const nodes = await buildNewZone(apex, operations, whole, this.#clock.nowMs(), row);
        const made = { settings: whole, context: changeContext(context), edited: true, marks: [] };
        return { apex, content: { nodes }, ...made };
      });
      return writeOutcome(outcome);
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
        settings: { ...zone.settings, metadata: {} },
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
    settings: Partial<ZoneSettings>,
    context: WriteContext,
  ): Promise<WriteOutcome> {
    const apex = this.#getName(zone);
    checkKind(settings);
    return refusing(zone, async () =>
      writeOutcome(await this.#zones.changeSettings(apex, settings, changeContext(context))),
    );
  }

  async delete(zone: string, context: WriteContext): Promise<WriteOutcome> {
    const apex = this.#getName(zone);
    const { receipt, oldSerial } = await refusing(zone, () =>
      this.#zones.remove(apex, changeContext(context)),
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
      const operations = edits.flatMap((edit) => readEdit(edit, apex, this.#rdata));
      const change = { zone: apex, operations, context: changeContext(context) };
      return writeOutcome(await this.#zones.apply(change));
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

  /** Nobody is notified until zone transfers exist; clients expect success all the same. */
  async notify(_zone: string): Promise<void> {}

  #getName(zone: string): Name {
    const apex = readName(zone);
    if (apex === undefined) throw zoneMissing(zone);
    return apex;
  }
}

/** @throws ApiError API_NOT_AVAILABLE: a zone that nobody fills would be answered for by nobody */
function checkKind({ kind }: Partial<ZoneSettings>): void {
  if (kind !== 'Slave' && kind !== 'Consumer') return;
  throw notAvailable(`A zone of kind ${kind}, which is transferred from its primary,`);
}

function changeContext({ actor, requestId, receivedAtMs }: WriteContext): ChangeContext {
  return { source: 'api', actor, transactionId: requestId, receivedAtMs };
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

function summaryOf(row: ZoneRow): ZoneSummary {
  return {
    name: formatName(row.apex),
    serial: row.serial,
    servedSerial: row.serial,
    notifiedSerial: 0,
    lastCheck: 0,
    signed: row.signed,
    settings: row.settings,
  };
}
