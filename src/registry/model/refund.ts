/** What a command had cost, for when it is undone: fees go back as they were paid. */
export interface Refund {
  /** Id of who paid, and has it back. */
  registrar: string;
  /** Hundredths of the TLD's currency, a whole number. */
  amount: number;
  /** The price was told and not taken: the registrar was testing then. */
  isUnbilled?: true;
}
