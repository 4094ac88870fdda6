/**
 * The keys `probe.rdds`, `probe.epp` and `probe.eppUpdate`: which directory services and EPP
 * servers are tested, and about what.
 */
import { z } from 'zod';
import {
  CONTACT_NAMESPACE,
  DOMAIN_NAMESPACE,
  EPP_COMMANDS,
  HOST_NAMESPACE,
} from '#sla/probe/epp/epp-commands.ts';
import { domainName, listenAddress, path, reading, section } from './schema-parts.ts';

const ADDRESSES_MAX = 64;
const OBJECTS_MAX = 1_000;
const STEPS_MAX = 8;
const URIS_MAX = 64;

/** `probe.rdds`; `folder` is where the configuration lies. */
export function rddsTests(folder: string) {
  return section({
    objects: z
      .array(
        section({
          name: objectName().describe('A domain name that is registered.'),
          expect: z
            .array(z.string().min(1))
            .min(1)
            .describe('Texts that every service says of it, such as its registrar’s name.'),
        }),
      )
      .min(1)
      .max(OBJECTS_MAX)
      .describe('What is asked after, in turn. The texts are compared without regard to case.'),
    whois: section({
      addresses: addresses().describe('Of the WHOIS servers, `ADDRESS:PORT`.'),
      query: z
        .string()
        .regex(/\{name\}/, 'write {name} where the name goes')
        .default('{name}')
        .describe('What is sent; `{name}` is the object’s name.'),
    })
      .optional()
      .describe('WHOIS (RFC 3912). None: not tested.'),
    web: section({
      ...webKeys(folder),
      path: webPath().describe('Of the page; `{name}` is the object’s name, `{token}` the token.'),
      before: z
        .array(webPath())
        .max(STEPS_MAX)
        .default([])
        .describe(
          'Pages that have to be asked for first, in this order. Their time does not count.',
        ),
      token: reading('a regular expression', (text) => new RegExp(text))
        .optional()
        .describe('Finds the token in the page before the last: the first group of this pattern.'),
    })
      .optional()
      .describe('Web-based WHOIS. None: not tested.'),
    rdap: section({
      ...webKeys(folder),
      path: webPath()
        .default('/domain/{name}')
        .describe('Of a domain object (RFC 9082); `{name}` is its name.'),
    })
      .optional()
      .describe(
        'RDAP. Measured and shown; the contract files say whether it votes. None: not tested.',
      ),
  });
}

function webKeys(folder: string) {
  return {
    addresses: addresses().describe('Of the web servers, `ADDRESS:PORT`.'),
    host: z
      .string()
      .regex(/^[\w.-]+(?::\d+)?$/, 'write a host name')
      .describe('Host name of the URL, and the one that the certificate must be for.'),
    tls: section({
      ca: path(folder)
        .optional()
        .describe('PEM file of the authorities that may vouch for it. None: the usual ones.'),
    })
      .optional()
      .describe('With this key HTTPS. None: HTTP.'),
  };
}

/** `probe.epp`; `folder` is where the configuration lies. */
export function eppTests(folder: string) {
  return section({
    addresses: addresses().describe('Of the EPP servers, `ADDRESS:PORT`.'),
    tls: section({
      name: z.string().min(1).describe('Name that the server’s certificate must be for.'),
      ca: path(folder)
        .optional()
        .describe('PEM file of the authorities that may vouch for it. None: the usual ones.'),
      certificate: path(folder).optional().describe('PEM file of the registrar’s certificate.'),
      key: path(folder).optional().describe('PEM file of its private key.'),
    }),
    id: z.string().min(1).describe('The registrar’s id (`clID`).'),
    passwordFile: path(folder).describe('File of its password; read again before each login.'),
    objects: uris([DOMAIN_NAMESPACE, HOST_NAMESPACE, CONTACT_NAMESPACE]).describe(
      'Object URIs of the login.',
    ),
    extensions: uris([]).describe('Extension URIs of the login.'),
    domain: objectName().describe(
      'A domain of this registrar: checked, asked after, and given a new password by updates.',
    ),
    host: objectName().optional().describe('A host that exists, for `host:check`.'),
    contact: z
      .string()
      .min(1)
      .optional()
      .describe(
        'A contact that exists, for `contact:check` and as all contacts of what is created.',
      ),
    contactTypes: z
      .array(z.enum(['admin', 'tech', 'billing']))
      .default(['admin', 'tech', 'billing'])
      .describe('Contacts that a domain needs beside its registrant, if `contact` is given.'),
    createBelow: objectName()
      .optional()
      .describe('Below this name domains are created, renewed and deleted. None: they are not.'),
    makeObjects: z
      .boolean({ error: 'write true or false' })
      .default(false)
      .describe(
        'Makes `domain`, `host`, `contact` and the domain of `eppUpdate` at the start where they ' +
          'do not exist; registries charge for domains.',
      ),
    commands: section({
      session: commands('session'),
      query: commands('query'),
      transform: commands('transform'),
    })
      .prefault({})
      .describe('Commands that take turns.'),
  }).superRefine((epp, context) => {
    const needs = (command: string, key: 'host' | 'contact' | 'createBelow'): void => {
      const all: readonly string[] = Object.values(epp.commands).flat();
      if (!all.includes(command) || epp[key] !== undefined) return;
      context.addIssue({ code: 'custom', path: ['commands'], message: `${command} needs ${key}` });
    };
    needs('host:check', 'host');
    needs('contact:check', 'contact');
    for (const verb of ['create', 'renew', 'delete']) needs(`domain:${verb}`, 'createBelow');
    if ((epp.tls.certificate === undefined) === (epp.tls.key === undefined)) return;
    const message = 'certificate and key go together; give both, or neither';
    context.addIssue({ code: 'custom', path: ['tls'], message });
  });
}

/** `probe.eppUpdate`. */
export function eppUpdateTest() {
  return section({
    domain: objectName().describe('A domain of the registrar of `probe.epp`, for this alone.'),
    hostsBelow: objectName().describe(
      'Its name servers are made below this name, with the time in theirs.',
    ),
    intervalSeconds: z
      .int({ error: 'write a whole number' })
      .min(1)
      .max(86_400)
      .default(900)
      .describe('From one change to the next.'),
  });
}

const COMMANDS_DEFAULT = {
  session: ['login', 'logout'],
  query: ['domain:check', 'domain:info'],
  transform: ['domain:update'],
} as const;

function commands<Group extends keyof typeof EPP_COMMANDS>(group: Group) {
  const known = EPP_COMMANDS[group] as readonly string[];
  return z
    .array(z.enum(known as unknown as [string, ...string[]]))
    .default([...COMMANDS_DEFAULT[group]])
    .transform((chosen) => chosen as (typeof EPP_COMMANDS)[Group][number][])
    .describe(`Of ${known.map((command) => `\`${command}\``).join(', ')}.`);
}

function addresses() {
  return z.array(listenAddress()).min(1).max(ADDRESSES_MAX);
}

/** A name as registries write it: without the final dot. */
function objectName() {
  return domainName().transform((name) => name.replace(/\.$/, ''));
}

function webPath() {
  return z.string().regex(/^\/\S*$/, 'write a path that begins with /');
}

function uris(preset: readonly string[]) {
  return z
    .array(z.string().min(1))
    .max(URIS_MAX)
    .default([...preset]);
}
