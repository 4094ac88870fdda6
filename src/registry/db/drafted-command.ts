/** What a command wants written, on its way from its draft to the batch that makes it durable. */
import type { Caller } from '#registry/model/caller.ts';
import type { PollData } from '#registry/model/poll.ts';
import type { RegisterRowType } from '#registry/model/register-change.ts';

/** An object before and after a command. */
export interface DraftedObject {
  type: RegisterRowType;
  key: string;
  before: object | undefined;
  after: object | undefined;
}

export interface DraftedMessage {
  registrar: string;
  text: string;
  data?: PollData;
}

export interface DraftedCommand {
  caller: Caller;
  /** As `domain:create`. */
  command: string;
  objects: readonly DraftedObject[];
  messages: readonly DraftedMessage[];
  /** Owners whose records may have to change, by TLD. */
  touched: ReadonlyMap<string, ReadonlySet<string>>;
}
