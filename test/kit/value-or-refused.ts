/** For properties over arbitrary input, where being refused in the proper way is as good as a value. */

/** What `task` gives, or 'refused' when it throws the expected class; anything else is thrown on. */
export function valueOrRefused<T>(
  refusal: abstract new (...args: never[]) => Error,
  task: () => T,
): T | 'refused' {
  try {
    return task();
  } catch (error) {
    if (error instanceof refusal) return 'refused';
    throw error;
  }
}
