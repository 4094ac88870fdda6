/**
 * The admin API's zones, joined to the zone database: text becomes octets here, a request becomes
 * a `Change`, and a refusal gets the API's words.
 */
import type { Clock } from '#base/clock.ts';
import { formatName, type Name } from '#dns/wire/name.ts';
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
  WriteContext,
  WriteOutcome,
  ZonePort,
  ZoneSettings,
  ZoneSummary,
  ZoneView,
} from '#http/api/ports.ts';
import { refusing } from './change-refusal.ts';
import { newZoneOperations } from './new-zone.ts';
import { readEdit, readName } from './zone-text.ts';
import { openZoneView } from './zone-view-text.ts';

/** Zones in one chunk of a listing. */
const LIST_CHUNK = 500;

export class ZoneAdapter implements ZonePort {
  readonly #zones: ZoneDb;
  readonly #clock: Clock;

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
    const { settings, masterFile } = zone;
    if (settings.kind === 'Slave' || settings.kind === 'Consumer') {
      throw invalidRequest(`zones of kind ${settings.kind} need transfers: not in this version`);
    }
    if (masterFile !== undefined) return this.#createFromText(apex, masterFile, zone, context);
    const operations = newZoneOperations(zone, apex);
    const outcome = await refusing(zone.name, async () => {
      const nodes = await buildNewZone(apex, operations, settings, this.#clock.nowMs());
      const replacement = { apex, nodes, settings, context: changeContext(context), marks: [] };
      return this.#zones.create(replacement);
    });
    return { receiptId: outcome.receipt, newSerial: outcome.newSerial, changed: true };
  }

  async #createFromText(
    apex: Name,
    masterFile: string,
    zone: NewZone,
    context: WriteContext,
  ): Promise<WriteOutcome> {
    const imported = await refusing(zone.name, () =>
      importZonefile(this.#zones, {
        apex,
        source: zonefileOfText(masterFile),
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
    settings: Partial<ZoneSettings>,
    context: WriteContext,
  ): Promise<WriteOutcome> {
    const apex = this.#getName(zone);
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
    const operations = edits.flatMap((edit) => readEdit(edit, apex));
    return refusing(zone, async () =>
      writeOutcome(
        await this.#zones.apply({ zone: apex, operations, context: changeContext(context) }),
      ),
    );
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
  async notify(): Promise<void> {}

  #getName(zone: string): Name {
    const apex = readName(zone);
    if (apex === undefined) throw zoneMissing(zone);
    return apex;
  }
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
