/**
 * The image: every zone flattened into one piece of shared memory, written by the control thread
 * and read by the packet threads without locks. This file is the map; each block is addressed by
 * its unit (8 octets), 0 meaning none, and drawn below in words (4 octets).
 *
 *     arena header ── directory (zones by hash) ──> zone ──┬─> apex node
 *                                                          ├─> name table (nodes by hash)
 *                                                          └─> NSEC and NSEC3 skip lists
 *
 *     directory and name table (open addressing, a power of two of slots, linear probing):
 *       [capacity][0] then per slot [hash][unit of a zone or of the newest node]
 *
 *     zone:   [version][apex node][name table][apex size | labels << 8][hash of the apex]
 *             [NSEC index][NSEC3 index][names][records][slots taken][flags][expires at]
 *             apex name, wire form, lower case
 *
 *     node (immutable but for its upkeep words; a change writes a new one that points to it):
 *       [from version][older node][name size | flags << 8][size in units][children][hash]
 *       name relative to the apex, lower case, without the root's octet, padded to words
 *       entries up to the end, in order of type, signatures behind what they cover, SOA first
 *
 *     entry (one RRset, or the RRSIGs that cover one):
 *       [type | flags << 16][size in words | records << 16]
 *       [octets in a message | SOA's MNAME end << 16]
 *       type, class, TTL: 8 octets as they stand in a message
 *       per record: RDLENGTH, RDATA: as they stand in a message, names compressed (rdata-suffix.ts)
 *       padded to words
 *
 *     index item (skip list in canonical order; the head is an item of full height and no key):
 *       [node][previous item][key size | height << 16][next item, one word per level] key octets
 *
 * Versions: a reader loads its zone's version once per query and takes of each name the newest node
 * whose `from` is not after it. Storing the version is what publishes. When no reader can be before
 * a version any more, its nodes are settled: `from` and `older` become 0, so version numbers may
 * wrap.
 */

/** Changes with any change above; a reader refuses a handle with another number. */
export const IMAGE_LAYOUT = 3;
export const IMAGE_MAGIC = 0x48_46_49_4d;

export const UNIT_SIZE = 8;
/** Words and octets of a block: `unit << 1`, and within its window `(unit & UNIT_MASK) << 3`. */
export const WINDOW_UNIT_SHIFT = 28;
export const WINDOW_WORD_SHIFT = 29;
export const WINDOW_WORD_MASK = 0x1fff_ffff;
/** 2 GiB: beyond index 2^31 - 1 the engine reads octets some 30 times slower. */
export const WINDOW_SIZE = 0x8000_0000;

/** Words of the arena header. */
export const ARENA_MAGIC = 0;
export const ARENA_LAYOUT = 1;
export const ARENA_EPOCH = 2;
export const ARENA_DIRECTORY = 3;
export const ARENA_HASH_SEED = 4;
/** How many zones have an apex of so many labels: 128 words, for the longest match. */
export const ARENA_ZONES_AT_DEPTH = 16;
/** One cache line per reader: the epoch its batch began in, or IDLE. */
export const ARENA_READERS = 256;
export const READER_STRIDE = 16;
export const READER_COUNT_MAX = 256;
export const READER_IDLE = 0;
/** First unit that blocks are made of. */
export const ARENA_HEADER_UNITS = (ARENA_READERS + READER_COUNT_MAX * READER_STRIDE) >> 1;

export const TABLE_CAPACITY = 0;
export const TABLE_SLOTS = 2;
/** A slot's unit once its name is gone; probing goes on behind it. */
export const SLOT_DELETED = 1;

export const ZONE_VERSION = 0;
export const ZONE_APEX = 1;
export const ZONE_TABLE = 2;
export const ZONE_NAME_INFO = 3;
export const ZONE_HASH = 4;
export const ZONE_NSEC_INDEX = 5;
export const ZONE_NSEC3_INDEX = 6;
export const ZONE_NAME_COUNT = 7;
export const ZONE_RECORD_COUNT = 8;
/** Slots of the name table that are not free: those of names and of deleted names. */
export const ZONE_SLOT_COUNT = 9;
export const ZONE_FLAGS = 10;
/** When a zone that is fetched expires: Unix seconds as an unsigned word; 0 for no such zone. */
export const ZONE_EXPIRES_AT = 11;
export const ZONE_NAME = 12;

/** Zone flag: there is nothing that may be answered; no content came yet, or it has expired. */
export const ZONE_UNAVAILABLE = 1;
/** Zone flag: its SOA may be answered and nothing else; who may have it transfers it. */
export const ZONE_HIDDEN = 2;

export const NODE_FROM = 0;
export const NODE_OLDER = 1;
export const NODE_INFO = 2;
export const NODE_UNITS = 3;
export const NODE_CHILDREN = 4;
export const NODE_HASH = 5;
export const NODE_NAME = 6;

/** Node flags, as they stand in NODE_INFO. A node without PRESENT is a name that was deleted. */
export const NODE_PRESENT = 0x100;
/** Has NS and is not the apex: what is below is not ours to answer. */
export const NODE_CUT = 0x200;
export const NODE_DNAME = 0x400;
/** A child `*` exists (RFC 4592). */
export const NODE_WILDCARD_CHILD = 0x800;
/** Is itself a `*` name. */
export const NODE_WILDCARD = 0x1000;
export const NODE_CNAME = 0x2000;
/** Has NSEC, or NSEC3 in the NSEC3 index: its item is a link of the chain. */
export const NODE_NSEC = 0x4000;

export const ENTRY_TYPE = 0;
export const ENTRY_SIZE = 1;
export const ENTRY_WIRE = 2;
/** Octet offset in an entry of the 8 ready octets, and of the first record. */
export const ENTRY_HEAD_OCTET = 12;
export const ENTRY_RECORDS_OCTET = 20;

/** Entry flags, as they stand in ENTRY_TYPE. */
export const ENTRY_SIGNATURE = 0x1_0000;
/** Records may end in a compressed name. */
export const ENTRY_COMPRESSED = 0x2_0000;
/** At least one host in the RDATA is inside this zone, so its addresses may be here too. */
export const ENTRY_IN_ZONE_TARGETS = 0x4_0000;
export const ENTRY_SOA = 0x8_0000;
/** Type and signature flag: what an entry is found by. */
export const ENTRY_KEY_MASK = 0x1_ffff;

export const ITEM_NODE = 0;
export const ITEM_PREVIOUS = 1;
export const ITEM_INFO = 2;
export const ITEM_NEXT = 3;
export const ITEM_HEIGHT_MAX = 16;

/** Octets of an RRset in a message: what is left of 65,535 behind a header and a question. */
export const RRSET_WIRE_SIZE_MAX = 65_535 - 12 - 259;
/** Octets of a name with all its RRsets. */
export const NODE_SIZE_MAX = 1 << 20;
