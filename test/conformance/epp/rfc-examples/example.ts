/**
 * The shape of the examples that the RFCs of EPP print, and the envelope that all of them share.
 * The frames have the elements, attributes and values of the RFCs, with long texts cut short; who
 * doubts one finds it by its section.
 */
import type { CommandOutcome, RegistryCommand } from '#registry/model/command.ts';
import type { ResultCode } from '#registry/model/result.ts';

/** What a client sends. */
export interface CommandExample {
  /** RFC, section, and what it shows. */
  where: string;
  xml: string;
  /** The command that it becomes, or the result with which it is refused here. */
  becomes: RegistryCommand | ResultCode;
}

/** What a server sends. */
export interface ResponseExample {
  where: string;
  xml: string;
  /** The outcome that must be told in just these words; absent: the example has what we never send. */
  tells?: CommandOutcome;
}

export const DOMAIN = 'xmlns:domain="urn:ietf:params:xml:ns:domain-1.0"';
export const HOST = 'xmlns:host="urn:ietf:params:xml:ns:host-1.0"';
export const CONTACT = 'xmlns:contact="urn:ietf:params:xml:ns:contact-1.0"';

export const COMMAND_ID = 'ABC-12345';
export const SERVER_ID = '54321-XYZ';

const DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="no"?>';

export function epp(body: string): string {
  return `${DECLARATION}\n<epp xmlns="urn:ietf:params:xml:ns:epp-1.0">\n${body}\n</epp>`;
}

export function clientSays(command: string, extension = ''): string {
  const extended = extension === '' ? '' : `<extension>${extension}</extension>`;
  return epp(`<command>${command}${extended}<clTRID>${COMMAND_ID}</clTRID></command>`);
}

export interface ResponseParts {
  code?: 1000 | 1001 | 1301;
  queue?: string;
  data?: string;
  extension?: string;
}

const MESSAGES = {
  1000: 'Command completed successfully',
  1001: 'Command completed successfully; action pending',
  1301: 'Command completed successfully; ack to dequeue',
} as const;

export function serverSays({ code = 1000, queue = '', data, extension }: ResponseParts): string {
  return epp(`<response>
    <result code="${code}"><msg>${MESSAGES[code]}</msg></result>${queue}
    ${data === undefined ? '' : `<resData>${data}</resData>`}
    ${extension === undefined ? '' : `<extension>${extension}</extension>`}
    <trID><clTRID>${COMMAND_ID}</clTRID><svTRID>${SERVER_ID}</svTRID></trID>
  </response>`);
}
