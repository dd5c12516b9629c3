/** A text for a person, with every command as they would type it. */
export function asCalled(text: string): string;
