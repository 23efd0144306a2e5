import { OTHER } from './metrics.js';

/**
 * Makes something of a text, such as a series of a label's value, and remembers it for the first `most` texts that come; all that come
 * later share what is made of {@link OTHER}. What is kept stays kept, so that no series changes what it counts.
 */
export function kept<T>(most: number, make: (text: string) => T): (text: string) => T {
  const made = new Map<string, T>();
  const remember = (text: string): T => {
    const one = make(text);
    made.set(text, one);
    return one;
  };
  return (text) => made.get(text) ?? (made.size < most ? remember(text) : (made.get(OTHER) ?? remember(OTHER)));
}
