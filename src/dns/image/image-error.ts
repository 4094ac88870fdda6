/**
 * What the image refuses: `IMAGE_…` codes, each documented in docs/reference/errors.md. A refused
 * load or change leaves the zone as it was.
 */
import { CodedError } from '#base/coded-error.ts';

export class ImageError extends CodedError {}
