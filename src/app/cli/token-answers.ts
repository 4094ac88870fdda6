/** What the admin API says about tokens, as far as the commands print it. */
import type { AdminClient } from './admin-client.ts';

export const TOKENS_PATH = '/api/holdfast/v1/tokens';

export interface ScopeAnswer {
  write: boolean;
  zones?: string[];
  suffixes?: string[];
  types?: string[];
  networks?: string[];
  /** RFC 3339. */
  expiresAt?: string;
}

export interface TokenAnswer {
  id: string;
  name: string;
  createdAt: string;
  scope: ScopeAnswer;
}

export async function listTokens(admin: AdminClient): Promise<TokenAnswer[]> {
  const { tokens } = await admin.json<{ tokens: TokenAnswer[] }>({
    method: 'GET',
    path: TOKENS_PATH,
  });
  return tokens;
}
