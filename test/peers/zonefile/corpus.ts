/**
 * Small zones, good and bad, with our verdict, and where BIND or NSD sees it otherwise, why. The
 * origin is example.com.; HEAD is in front of the text unless the case says `whole`.
 */

export interface CorpusCase {
  name: string;
  text: string;
  verdict: 'ok' | 'refuse';
  /** The text is the whole file. */
  whole?: true;
  /** Programs that judge otherwise, and why we do not follow. */
  named?: string;
  nsd?: string;
  /** Why `named-checkzone -D` prints another zone than we do. */
  dump?: string;
}

export const HEAD = `$TTL 300
@ IN SOA ns hostmaster 1 2 3 4 5
@ NS ns
ns A 192.0.2.1
`;

const NO_GENERATE = 'NSD has no $GENERATE';
const DS = 'DS 1 8 2 E2D3C916F6DEEAC73294E8268FB5885044A833FC5459588F4A9184CFC41A5766';

const GOOD: readonly Omit<CorpusCase, 'verdict'>[] = [
  { name: 'head alone', text: '' },
  { name: 'no final newline', text: 'a A 192.0.2.7' },
  { name: 'CRLF', text: 'a A 192.0.2.7\r\n TXT "x"\r\n' },
  { name: 'TTL units', text: 'a 1h30m A 192.0.2.1\nb IN 1W A 192.0.2.1\nc 1w2d3h4m5s TXT x\n' },
  {
    name: 'class before TTL',
    text: 'a IN 60 A 192.0.2.1\nb 60 IN A 192.0.2.1\nc in a 192.0.2.1\n',
  },
  { name: 'owner omitted', text: 'a A 192.0.2.1\n\tAAAA 2001:db8::1\n\n; x\n TXT "y"\n' },
  { name: 'parentheses', text: 'a TXT ( "a" ; one\n\n "b" ) "c"\n' },
  { name: 'parenthesis first', text: '( b A 192.0.2.1 )\n', nsd: 'NSD wants the owner first' },
  { name: 'nested parentheses', text: 'a TXT ( ( b ) )\n', nsd: 'NSD has no nesting' },
  {
    name: '$ORIGIN',
    text: '$ORIGIN sub.example.com.\na A 192.0.2.1\n@ TXT x\n$ORIGIN .\nb.example.com A 192.0.2.2\n',
  },
  { name: 'relative $ORIGIN', text: '$ORIGIN sub\na A 192.0.2.1\n', nsd: 'NSD wants it absolute' },
  { name: '$TTL changes', text: '$TTL 60\na A 192.0.2.1\n$TTL 1d\nb A 192.0.2.1\n' },
  { name: 'lower case directives', text: '$ttl 60\n$origin x.example.com.\na a 192.0.2.1\n' },
  {
    name: 'SOA over lines',
    whole: true,
    text: '$TTL 1h\n@ IN SOA ns h (\n 2026112201 ; serial\n 1h ; refresh\n 15m\n 2w\n 5m )\n NS ns\nns A 192.0.2.1\n',
  },
  {
    name: 'TTL of the record before',
    whole: true,
    text: '@ 60 IN SOA ns h 1 2 3 4 5\n@ NS ns\nns 70 A 192.0.2.1\nb A 192.0.2.1\n',
  },
  {
    name: 'TTL of the SOA minimum',
    whole: true,
    text: '@ IN SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n',
  },
  {
    name: 'escaped names',
    text: 'a\\.b A 192.0.2.1\nc\\065d TXT x\n\\@ TXT x\n\\$x TXT x\ne\\ f TXT x\n',
  },
  { name: 'any octet in a name', text: '\\000\\255.x TXT y\n\\; TXT z\n\\" TXT q\n\\(\\) TXT p\n' },
  { name: 'strings', text: 'a TXT "a;b" c\\"d "" "\\226\\130\\172" e\n' },
  { name: 'key=value strings', text: 'a TXT k="a b"\nb TXT "a""b"\nc TXT c"d e"f\n' },
  { name: 'RFC 3597 type', text: 'a TYPE65280 \\# 3 01 02 03\nb TYPE1 \\# 4 c0000201\n' },
  { name: 'RFC 3597 class', text: 'a CLASS1 A 192.0.2.1\n' },
  { name: 'wildcards', text: '* A 192.0.2.1\n*.a TXT x\na.*.b TXT y\n' },
  {
    name: 'mixed case',
    text: 'WwW A 192.0.2.1\nwww AAAA 2001:DB8::1\n',
    dump: 'which case is kept',
  },
  { name: 'duplicates', text: 'a A 192.0.2.1\nb TXT x\na A 192.0.2.1\n' },
  { name: 'delegation with glue', text: `sub NS ns.sub\nns.sub A 192.0.2.1\nsub ${DS}\n` },
  { name: 'delegation without glue', text: 'sub NS ns.sub\n' },
  { name: 'delegation to sibling', text: 'a NS ns.b\nb NS ns.b\nns.b A 192.0.2.1\n' },
  { name: 'delegation to an alias', text: 'sub NS c\nc CNAME ns\n' },
  { name: 'occluded data', text: 'sub NS ns\na.sub TXT x\n' },
  { name: 'DS without NS', text: `a ${DS}\n` },
  { name: 'MX to nothing', text: '@ MX 1 nope\n' },
  { name: 'MX to an alias', text: '@ MX 1 c\nc CNAME ns\n' },
  { name: 'null MX', text: '@ MX 0 .\n' },
  { name: 'SRV to nothing', text: '_x._tcp SRV 1 2 3 nope\n' },
  { name: 'underscore host', text: 'a_b A 192.0.2.1\n' },
  { name: 'DNAME', text: 'd DNAME x.example.\nd TXT x\n' },
  {
    name: 'DNAME at the apex',
    whole: true,
    text: '$TTL 1\n@ SOA ns.x. h 1 2 3 4 5\n@ NS ns.x.\n@ DNAME y.\n',
  },
  {
    name: 'DNAME at a delegation',
    text: 'd DNAME x.\nd NS ns.d\nns.d A 192.0.2.1\n',
    nsd: 'NSD counts the glue as data below',
  },
  { name: 'wildcard DNAME', text: '*.w DNAME x.\n' },
  {
    name: 'wildcard NS',
    text: '*.w NS ns\n',
    named: 'BIND refuses it; RFC 4592 only leaves it undefined',
  },
  { name: 'CNAME with NSEC', text: 'c CNAME ns\nc NSEC d CNAME NSEC\n' },
  {
    name: 'different TTLs',
    text: 'a 300 A 192.0.2.1\na 200 A 192.0.2.2\n',
    dump: 'BIND takes the first TTL, RFC 2181 5.2 the smallest',
  },
  { name: 'TTL of 2^31', text: 'a 2147483648 A 192.0.2.1\n' },
  { name: 'the same SOA twice', text: '@ SOA ns hostmaster 1 2 3 4 5\n', nsd: 'NSD counts copies' },
  { name: '$GENERATE', text: '$GENERATE 1-3 h$ A 192.0.2.$\n', nsd: NO_GENERATE },
  {
    name: '$GENERATE step and width',
    text: '$GENERATE 0-20/5 h${0,4} 60 A 192.0.2.${100}\n',
    nsd: NO_GENERATE,
  },
  {
    name: '$GENERATE radix',
    text: '$GENERATE 1-20 h${0,3,X}-${0,0,o} CNAME ${0,2,x}.x\n',
    nsd: NO_GENERATE,
  },
  {
    name: '$GENERATE nibbles',
    text: '$GENERATE 4095-4097 ${0,8,n}x PTR ${1,7,N}.y\n',
    nsd: NO_GENERATE,
  },
  {
    name: '$GENERATE quoted',
    text: '$GENERATE 1-2 m$ MX "10 ns$"\n$GENERATE 1-2 t$ TXT "a\\$b$$c$"\n',
    nsd: NO_GENERATE,
  },
  {
    name: 'many types',
    text: 'a HINFO "PC" "Linux"\na MX 10 ns\na RP a.b c\na CAA 0 issue "ca.example"\na TLSA 3 1 1 00ff\na SSHFP 1 1 0123456789abcdef0123456789abcdef01234567\na NAPTR 1 2 "u" "E2U+sip" "!^.*$!sip:a@b!" .\na URI 1 2 "http://x"\na LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m\n',
  },
];

const BAD: readonly Omit<CorpusCase, 'verdict'>[] = [
  { name: 'no SOA', whole: true, text: '$TTL 300\n@ NS ns\nns A 192.0.2.1\n' },
  {
    name: 'no NS',
    whole: true,
    text: '$TTL 300\n@ SOA ns h 1 2 3 4 5\nns A 192.0.2.1\n',
    nsd: 'NSD does not ask for NS',
  },
  { name: 'two SOAs', text: '@ SOA ns h 2 2 3 4 5\n' },
  { name: 'SOA below the apex', text: 'x SOA ns h 1 2 3 4 5\n' },
  { name: 'apex NS without address', text: '@ NS nope\n', nsd: 'NSD does not look' },
  { name: 'apex NS is an alias', text: '@ NS c\nc CNAME ns\n', nsd: 'NSD does not look' },
  { name: 'CNAME and other data', text: 'c CNAME ns\nc A 192.0.2.1\n' },
  { name: 'other data and CNAME', text: 'c TXT x\nc CNAME ns\n' },
  { name: 'two CNAMEs', text: 'c CNAME ns\nc CNAME x\n' },
  { name: 'two DNAMEs', text: 'd DNAME x.\nd DNAME y.\n' },
  { name: 'DNAME and CNAME', text: 'd DNAME x.\nd CNAME y.\n' },
  {
    name: 'data below a DNAME',
    text: 'd DNAME x.\na.d TXT x\n',
    named: 'BIND serves it, RFC 6672 2.4 forbids it',
  },
  {
    name: 'out of zone',
    text: 'foo.org. A 192.0.2.1\n',
    named: 'BIND drops the record with a warning',
  },
  { name: 'DS at the apex', text: `@ ${DS}\n`, nsd: 'NSD does not look' },
  { name: 'no owner', whole: true, text: `   A 192.0.2.7\n${HEAD}`, nsd: 'NSD takes the origin' },
  {
    name: 'no TTL',
    whole: true,
    text: 'ns A 192.0.2.1\n@ 1 SOA ns h 1 2 3 4 5\n@ NS ns\n',
    nsd: 'NSD has a default of its own',
  },
  { name: 'class CH', text: 'a CH A 192.0.2.1\n' },
  { name: 'unknown type', text: 'a FOO x\n' },
  { name: 'question type', text: 'a ANY \\# 0\n' },
  { name: 'TTL twice', text: 'a 300 IN 300 A 192.0.2.1\n' },
  { name: 'TTL of 2^32', text: 'a 4294967296 A 192.0.2.1\n', nsd: 'NSD wraps it to 0' },
  { name: 'bad TTL unit', text: 'a 1y A 192.0.2.1\n' },
  { name: 'RDATA missing', text: 'a A\n' },
  { name: 'RDATA too much', text: 'a A 192.0.2.1 junk\n' },
  { name: 'bad address', text: 'a A 192.0.2.256\n' },
  { name: 'bad IPv6 address', text: 'a AAAA 2001:db8::1::2\n' },
  { name: 'quote not closed', text: 'a TXT "abc\nb TXT d\n' },
  {
    name: 'parenthesis not closed',
    text: 'a A ( 192.0.2.7\n',
    nsd: 'NSD takes the end of the file',
  },
  { name: 'parenthesis not opened', text: 'a A 192.0.2.7 )\n' },
  { name: 'unknown directive', text: '$FOO 1\n' },
  { name: '$TTL without a value', text: '$TTL\n' },
  { name: '$TTL with too much', text: '$TTL 1 2\n' },
  { name: '$ORIGIN without a value', text: '$ORIGIN\n' },
  { name: '$INCLUDE of nothing', text: '$INCLUDE nothing.zone\n' },
  { name: '$GENERATE falling', text: '$GENERATE 9-1 a$ A 192.0.2.1\n' },
  {
    name: '$GENERATE below zero',
    text: '$GENERATE 1-2 a${-5} A 192.0.2.1\n',
    named: 'BIND writes a-4',
  },
  { name: '$GENERATE over 255', text: '$GENERATE 250-260 a$ A 192.0.2.$\n' },
  { name: 'long label', text: `${'a'.repeat(64)} A 192.0.2.1\n` },
  { name: 'long name', text: `${'a.'.repeat(130)}b A 192.0.2.1\n` },
  { name: 'empty label', text: 'a..b A 192.0.2.1\n' },
  { name: 'bad escape', text: 'a\\999 A 192.0.2.1\n', nsd: 'NSD takes an octet of it' },
  { name: 'long string', text: `a TXT "${'x'.repeat(256)}"\n` },
  { name: 'generic length', text: 'a TYPE65280 \\# 3 0102\n', nsd: 'NSD does not count' },
  { name: 'generic data of a known type', text: 'a A \\# 3 010203\n' },
  { name: 'byte order mark', whole: true, text: `\ufeff${HEAD}` },
];

export const CORPUS: readonly CorpusCase[] = [
  ...GOOD.map((zone) => ({ ...zone, verdict: 'ok' as const })),
  ...BAD.map((zone) => ({ ...zone, verdict: 'refuse' as const })),
];
