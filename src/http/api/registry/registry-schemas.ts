/**
 * Shapes of the register's resources: requests are held against them, answers written through them,
 * the API document generated from them. What a rule may be is the register's to judge; here is only
 * what has the form of one.
 */
import { z } from 'zod';
import { LOCKS } from '../registry-ports.ts';
import { amountSchema } from './amount.ts';

const NAME_SIZE_MAX = 253;
const LIST_SIZE_MAX = 1_000;

export const instant = z.iso.datetime({ offset: true }).describe('RFC 3339');
const text = z.string().max(1_000);
const name = z.string().min(1).max(NAME_SIZE_MAX);
const list = z.array(text).max(LIST_SIZE_MAX);
const amounts = z.record(z.string().length(3), amountSchema).describe('By currency (ISO 4217)');

export const registrarParams = z.object({ registrar: name.describe('Its id') });
export const tldParams = z.object({ tld: name.describe('Without a final dot') });
export const labelParams = tldParams.extend({
  label: name.describe('A-label in front of the TLD'),
});
export const objectParams = z.object({ key: name.describe('Name or id') });

const contactFields = {
  ianaId: z.int().describe('Number that IANA gave it'),
  url: text,
  whoisServer: text,
  email: text,
  voice: text,
  abuseEmail: text,
  abuseVoice: text,
};

const accountFields = {
  name: text.describe('As WHOIS and RDAP show it'),
  certificates: list.describe('SHA-256 of client certificates, hex; none: any of the authority'),
  networks: list.describe('Addresses and networks it may come from; none: any'),
  tlds: list.describe('Where it may register; none: everywhere'),
  state: z.enum(['active', 'suspended']).describe('suspended: may log in and read, nothing else'),
  testing: z.boolean().describe('Not billed, and otherwise treated as everybody'),
  credit: amounts.describe('By currency: as far below zero as its balance may go'),
};

export const newRegistrarSchema = z.strictObject({
  id: name.describe('Login name, 3 to 16 characters'),
  ...z.object(contactFields).partial().shape,
  name: accountFields.name,
  certificates: accountFields.certificates.default([]),
  networks: accountFields.networks.default([]),
  tlds: accountFields.tlds.default([]),
  state: accountFields.state.default('active'),
  testing: accountFields.testing.default(false),
  credit: accountFields.credit.default({}),
});

/** `null` takes away what need not be there. */
export const registrarChangeSchema = z.strictObject({
  ianaId: contactFields.ianaId.nullish(),
  url: text.nullish(),
  whoisServer: text.nullish(),
  email: text.nullish(),
  voice: text.nullish(),
  abuseEmail: text.nullish(),
  abuseVoice: text.nullish(),
  ...z.object(accountFields).partial().shape,
});

export const registrarSchema = z.object({
  id: name,
  ...z.object(contactFields).partial().shape,
  ...accountFields,
  balance: amounts.describe('Paid in and not used; below zero: on credit'),
});

export const madeRegistrarSchema = registrarSchema.extend({
  password: z.string().describe('For its login; shown here and never again'),
});

export const passwordSchema = z.object({
  password: z.string().describe('For its login; shown here and never again'),
});

export const balanceMoveSchema = z.strictObject({
  currency: z.string().length(3).describe('ISO 4217'),
  amount: amountSchema.describe('What was paid in; with a minus, what was paid out'),
  reason: z.string().min(1).max(255).describe('Stays in the journal; the registrar is told'),
});

const prices = { create: amountSchema, renew: amountSchema, transfer: amountSchema };
const priceList = { ...prices, restore: amountSchema };
const days = z.int().describe('Days');

const tldRules = {
  repositoryId: z.string().describe('Suffix of roids: 1 to 8 letters and digits'),
  currency: z.string().describe('ISO 4217'),
  prices: z.strictObject(priceList).describe('A year, or once'),
  premium: z.record(z.string(), z.strictObject(priceList).partial()).describe('By label'),
  grace: z.strictObject({
    add: days,
    renew: days,
    transfer: days,
    autoRenew: days,
    redemption: days,
    pendingDelete: days,
  }),
  periodMin: z.int().describe('Years'),
  periodMax: z.int().describe('Years'),
  transferDays: days.describe('Days until a transfer that nobody decides is approved'),
  authInfoDays: days.describe('Days that authorisation information is good for; 0: for ever'),
  labelMin: z.int().describe('Characters of a label'),
  contacts: z.enum(['thick', 'none']).describe('Whether domains have contacts'),
  nameserversMax: z.int(),
  dsMax: z.int(),
  ttl: z.strictObject({ ns: z.int(), ds: z.int(), glue: z.int() }).describe('Seconds'),
  scripts: list.describe('Unicode scripts of IDN labels, as Latin; none: no IDNs'),
  brakeShare: z.number().describe('Share of delegations that one batch may take out'),
};

export const newTldSchema = z.strictObject({
  name: tldParams.shape.tld,
  ...z.object(tldRules).partial().shape,
  repositoryId: tldRules.repositoryId,
  currency: tldRules.currency,
  prices: tldRules.prices,
});
export const tldChangeSchema = z.strictObject(z.object(tldRules).partial().shape);
export const tldSchema = z.object({ name, ...tldRules });

export const reservedChangeSchema = z.strictObject({
  reason: z.string().min(1).max(255).describe('Shown to registrars'),
  allow: list.default([]).describe('Registrars that may register it all the same'),
});
export const reservedSchema = z.object({
  tld: name,
  label: name,
  reason: z.string(),
  allow: z.array(z.string()),
});

export const locksSchema = z.strictObject({
  locks: z.array(z.enum(LOCKS)).max(LOCKS.length).describe('These and no others'),
  reason: z.string().min(1).max(255).describe('Stays in the journal; the sponsor is told'),
});

export const noticeSchema = z.strictObject({
  id: z.string().max(64).optional().describe('Of the notice that this is about; absent: new'),
  operation: z.enum(['create', 'update', 'delete', 'courtesy', 'end']).default('create'),
  systems: z
    .array(
      z.strictObject({
        name: text,
        impact: z.enum(['full', 'partial', 'none']),
        host: text.optional(),
      }),
    )
    .max(LIST_SIZE_MAX),
  environment: z.enum(['production', 'ote', 'staging', 'dev']).default('production'),
  from: instant,
  to: instant,
  reason: z.enum(['planned', 'emergency']).default('planned'),
  description: text,
  tlds: list.default([]).describe('None: all'),
});

export const objectSchema = z
  .looseObject({})
  .describe('As the register keeps it, without secrets; instants as RFC 3339');

export const announcedSchema = z.object({
  notice: objectSchema,
  registrars: z.int().describe('That find it among their messages'),
});

export const transactionsSchema = z.object({
  month: z.string(),
  transactions: z.array(
    z.object({ registrar: z.string(), tld: z.string(), command: z.string(), count: z.int() }),
  ),
});

export const journalCursor = z
  .string()
  .max(20)
  .optional()
  .describe('Cursor; from the oldest kept if absent');

export const journalSchema = z.object({
  entries: z.array(
    z.looseObject({
      sequence: z.int(),
      who: z.string().describe('As registrars are told: a registrar, OPERATOR or REGISTER'),
      actor: z
        .string()
        .describe('As in the journal of zones: `admin-key`, `token:NAME`, a registrar, REGISTER'),
    }),
  ),
  next: z.string().describe('Cursor for `after`'),
});
