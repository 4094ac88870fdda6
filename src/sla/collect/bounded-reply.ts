/** Reading what another program answers over HTTP without trusting its size. */

const BODY_SIZE_MAX = 16 * 1024 * 1024;

/** The body as text; throws for more than 16 MiB of it. */
export async function readBounded(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const octets of response.body ?? []) {
    text += decoder.decode(octets as Uint8Array, { stream: true });
    if (text.length > BODY_SIZE_MAX) throw new Error(`more than ${BODY_SIZE_MAX} characters`);
  }
  return text;
}
