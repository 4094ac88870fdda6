/** The schemas of EPP for a test file: opened before its first test, closed after its last. */
import { afterAll, beforeAll } from 'vitest';
import { utf8 } from '#base/bytes.ts';
import { type DecodedFrame, decodeFrame } from '#registry/epp/decode-frame.ts';
import { EppSchemas } from '#registry/epp/schemas.ts';
import { withDocument } from '#registry/epp/xml-reader.ts';

export interface OwnSchemas {
  decode: (octets: Uint8Array | string) => DecodedFrame;
  /** What is wrong with a document by the schemas, or nothing. */
  faultOf: (xml: string) => string | undefined;
}

/** To be called where the file's tests are declared. */
export function useSchemas(): OwnSchemas {
  let schemas: EppSchemas;
  beforeAll(() => {
    schemas = EppSchemas.open();
  });
  afterAll(() => schemas.close());
  return {
    decode: (octets) => decodeFrame(typeof octets === 'string' ? utf8(octets) : octets, schemas),
    faultOf: (xml) =>
      withDocument(utf8(xml), (_root, document) => schemas.validate(document)?.message),
  };
}
