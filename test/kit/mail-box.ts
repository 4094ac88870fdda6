/**
 * A real SMTP server on a free port that keeps what it is sent, and refuses what a test says.
 * Nobody is called `gone@…` here.
 */
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { onTestFinished } from 'vitest';

export interface ReceivedMail {
  from: string;
  to: string[];
  /** Headers and body as they came. */
  text: string;
}

export interface MailBox {
  port: number;
  mails: ReceivedMail[];
  /** Asked before each mail is taken: an SMTP status that refuses it, or `undefined`. */
  refuse: (() => number | undefined) | undefined;
}

export interface MailBoxOptions {
  /** Demands this login. */
  user?: string;
  password?: string;
}

export async function openMailBox({ user, password }: MailBoxOptions = {}): Promise<MailBox> {
  const box: MailBox = { port: 0, mails: [], refuse: undefined };
  const server = new SMTPServer({
    authOptional: user === undefined,
    hideSTARTTLS: true,
    allowInsecureAuth: true,
    logger: false,
    onAuth: (auth, _session, done) => {
      const isRight = auth.username === user && auth.password === password;
      done(isRight ? null : new Error('wrong login'), { user: auth.username ?? '' });
    },
    onRcptTo: ({ address }, _session, done) => {
      const isGone = address.startsWith('gone@');
      done(isGone ? Object.assign(new Error('no such user'), { responseCode: 550 }) : null);
    },
    onData: (stream, session, done) => {
      let text = '';
      stream.on('data', (piece: Buffer) => (text += piece.toString('utf8')));
      stream.on('end', () => {
        const status = box.refuse?.();
        if (status !== undefined) {
          done(Object.assign(new Error('refused by the test'), { responseCode: status }));
          return;
        }
        const { mailFrom, rcptTo } = session.envelope;
        const from = mailFrom === false ? '' : mailFrom.address;
        box.mails.push({ from, to: rcptTo.map(({ address }) => address), text });
        done();
      });
    },
  });
  const listening = Promise.withResolvers<void>();
  const socket = server.listen(0, '127.0.0.1', listening.resolve);
  await listening.promise;
  onTestFinished(() => {
    const { promise, resolve } = Promise.withResolvers<void>();
    server.close(resolve);
    return promise;
  });
  box.port = (socket.address() as AddressInfo).port;
  return box;
}
