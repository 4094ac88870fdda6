/** Who may send commands. */
import type { Money } from './domain.ts';

export interface Registrar {
  /** Login name (`clID`), 3-16 characters. */
  id: string;
  /** As WHOIS and RDAP show it. */
  name: string;
  /** IANA's number; absent where it has none. */
  ianaId?: number;
  url?: string;
  whoisServer?: string;
  email?: string;
  voice?: string;
  abuseEmail?: string;
  abuseVoice?: string;
  /** argon2id, PHC string format. */
  passwordHash: string;
  /**
   * SHA-256 of the certificates (DER) that it may come with, lower-case hex; empty: any of the CA.
   */
  certificates: string[];
  /** Addresses and prefixes it may come from; empty: any. */
  networks: string[];
  /** TLDs it may register in; empty: all. */
  tlds: string[];
  /** `suspended`: may log in and read, nothing else. */
  state: 'active' | 'suspended';
  /** Not billed, and otherwise treated as everybody (Appendix 10 section 8.1). */
  testing: boolean;
  /** By currency (ISO 4217), prepaid; may go down to minus the credit. */
  balance: Record<string, Money>;
  credit: Record<string, Money>;
}
