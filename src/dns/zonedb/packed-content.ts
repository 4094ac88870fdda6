/** A zone that was read from a master file or came over the network, as the content of a zone. */
import type { ZoneTable } from '#dns/zonefile/zone-table.ts';
import type { PackedContent } from './replace-zone.ts';

/** @param table sealed; it must not be released before the content is stored */
export function packedContent(table: ZoneTable): PackedContent {
  return {
    nodes: function* nodes() {
      for (const { node } of table.packedNodes()) yield node;
    },
    nameCount: table.runCount,
  };
}
