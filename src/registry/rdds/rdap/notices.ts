/** The notices of responses (RFC 9083 section 4.3), with the texts that the gTLD profile sets. */
import type { RdapNotice, RdapPlace } from './rdap-object.ts';

/** A notice whose links learn at each response what was asked. */
export interface NoticeText {
  title: string;
  description: readonly string[];
  links: readonly { rel: string; href: string; type?: string }[];
}

/** Profile section 2.6.3. */
export const STATUS_NOTICE: NoticeText = {
  title: 'Status Codes',
  description: ['For more information on domain status codes, please visit https://icann.org/epp'],
  links: [{ rel: 'glossary', href: 'https://icann.org/epp', type: 'text/html' }],
};

/** Profile section 2.10. */
export const COMPLAINT_NOTICE: NoticeText = {
  title: 'RDDS Inaccuracy Complaint Form',
  description: ['URL of the ICANN RDDS Inaccuracy Complaint Form: https://icann.org/wicf'],
  links: [{ rel: 'help', href: 'https://icann.org/wicf', type: 'text/html' }],
};

/** `/help` of the service itself is where the terms stand. */
export const TERMS_NOTICE: NoticeText = {
  title: 'Terms of Use',
  description: [
    'Registration data is for looking up who is responsible for a name. Collecting it in bulk, ' +
      'and using it for advertising, is not allowed. Contacts are shown as their holders and ' +
      'the policy of the registry allow; what is redacted is named.',
  ],
  links: [{ rel: 'terms-of-service', href: '{base}/help', type: 'application/rdap+json' }],
};

export function noticesOf(texts: readonly NoticeText[], { base, asked }: RdapPlace): RdapNotice[] {
  return texts.map(({ title, description, links }) => ({
    title,
    description: [...description],
    links: links.map((link) => ({
      ...link,
      value: asked,
      href: link.href.replace('{base}', () => base),
    })),
  }));
}
