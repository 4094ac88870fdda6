/** Everything that the admin API stands on, handed in by the composition root. */
import type { AuditPort, TokenPort } from './access-ports.ts';
import type { BrowsePort, ChangePort, HistoryPort, JournalPort } from './change-ports.ts';
import type { IdempotencyPort } from './idempotency-ports.ts';
import type {
  BackupPort,
  EventPort,
  ReceiptPort,
  RepairPort,
  Statistic,
  ZonePort,
} from './ports.ts';
import type { BrakePort } from './registry/brake-routes.ts';
import type { RegistryPort } from './registry-ports.ts';
import type { RegistryStreamPort } from './registry-stream.ts';
import type { AutoprimaryPort, TsigKeyPort } from './transfer-ports.ts';

export interface AdminPorts {
  tokens: TokenPort;
  audit: AuditPort;
  idempotency: IdempotencyPort;
  zones: ZonePort;
  changes: ChangePort;
  browse: BrowsePort;
  history: HistoryPort;
  journal: JournalPort;
  receipts: ReceiptPort;
  events: EventPort;
  backups: BackupPort;
  repairs: RepairPort;
  tsigKeys: TsigKeyPort;
  autoprimaries: AutoprimaryPort;
  /** Where the server has a register of names. */
  registry?: RegistryPort;
  registryStream?: RegistryStreamPort;
  brakes?: BrakePort;
  /** Figures for PowerDNS's statistics resource, in the order in which they are shown. */
  statistics(): Promise<Statistic[]>;
}
