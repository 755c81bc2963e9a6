/**
 * What 3.8 would have printed if it masked the secret of SCIM resolvers as it masks others: it is one, and commands show
 * secrets only when asked to. `config exporter` masks nothing.
 */
export function withoutScimSecret(text: string, command: readonly string[]): string {
  if (command.some((word) => /^(-p|--print[-_]passwords|exporter)$/.test(word))) return text
  return text.replace(/('Secret': )'[^']*'/g, "$1'__CENSORED__'").replace(/(\bSecret: )'[^']*'/g, "$1'xxxxx'")
}
