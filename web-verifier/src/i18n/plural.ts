// The form of a word for a number of things, by CLDR's plural rules as the browser has them.

const RULES = { en: new Intl.PluralRules("en"), "pt-BR": new Intl.PluralRules("pt-BR") };

/** `one` or `other`: in Portuguese 0 is one as well. What the rules have for large round numbers is the same word here. */
export function plural(language: keyof typeof RULES, n: number, one: string, other: string): string {
  return RULES[language].select(n) === "one" ? one : other;
}
