/**
 * What a master file did wrong, collected up to a limit: a file with one systematic mistake has
 * it on a million lines, and the first twenty tell the story.
 */
import { FileError, type FilePlace } from '#base/coded-error.ts';

/** Something that is served all the same, and said. */
export interface FileWarning {
  /** Stable: `ZONEFILE_TTL`. */
  code: string;
  place: FilePlace;
  message: string;
}

export class ZonefileReport {
  readonly sizeMax: number;
  /** In order of the file, at most `sizeMax`. */
  readonly errors: FileError[] = [];
  readonly warnings: FileWarning[] = [];
  /** There was another error, and reading stopped there. */
  moreErrors = false;
  moreWarnings = false;

  constructor(sizeMax: number) {
    this.sizeMax = sizeMax;
  }

  error(code: string, place: FilePlace, message: string): void {
    if (this.errors.length < this.sizeMax) this.errors.push(new FileError(code, place, message));
    else this.moreErrors = true;
  }

  warn(code: string, place: FilePlace, message: string): void {
    if (this.warnings.length < this.sizeMax) this.warnings.push({ code, place, message });
    else this.moreWarnings = true;
  }
}
