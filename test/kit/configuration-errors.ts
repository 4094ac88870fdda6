/** What is said of a configuration's text: the lines of the refusal, or none. */
import { parseConfiguration } from '#app/config/load-configuration.ts';
import { errorMessage } from '#base/coded-error.ts';

export function configurationErrors(text: string): string[] {
  try {
    parseConfiguration('h.yaml', text);
    return [];
  } catch (error) {
    return errorMessage(error).split('\n');
  }
}
